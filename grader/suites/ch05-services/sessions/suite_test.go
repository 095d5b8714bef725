// Package sessions_test holds the checks of the lab sessions. Each function is one check; its rule stands in lab.yaml.
//
// Every command of a replica passes a tap (tap_helpers_test.go). There a check stops a request at its first command, at its second, and
// so on to the last; and there something happens: the session expires, another replica is faster, this one dies, Redis falls silent. So no
// check waits for luck, and none knows which commands a replica uses or what it keeps under which names.
package sessions_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
