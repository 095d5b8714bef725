// Package retry_test holds the checks of the lab retry. Each function is one check; its rule stands in lab.yaml.
//
// A check plays scenes: a caller calls Do, whose operation is a deposit at a bank that reacts as the scene wants. Time is virtual, so
// when an attempt began, how long Do slept and when it returned are exact numbers, and Rand is the scene's own. A check looks at as
// little as its rule allows: the length of a sleep is judged by the checks about sleeps alone.
package retry_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
