// Package rpc_test holds the checks of the lab rpc. Each function is one check; its rule stands in lab.yaml.
//
// Client and server are judged apart: the checks in requests_test.go and connections_test.go speak to the student's server as a
// client that sends frames by hand (peer), those in calls_test.go, leaving_test.go and lost_test.go answer the student's client
// as a server that does what the check wants (backend). Only the bank needs both halves.
//
// All of it happens in virtual time, on a network in memory where every message takes 10 ms. A check does one thing, lets
// everything come to rest, and looks. So nothing depends on which goroutine is faster, and who hangs is found at once.
package rpc_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
