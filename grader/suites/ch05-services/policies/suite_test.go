// Package policies_test holds the checks of the lab policies. Each function is one check; its rule stands in lab.yaml.
//
// Most checks play a trace: one call after the other, each with its list, and the pick that the README names. The expected picks are
// written out; what a trace computes beside them is for the picture. The two checks about overlapping calls are explored.
package policies_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
