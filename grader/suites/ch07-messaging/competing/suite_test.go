// Package competing_test is the hidden suite of the lab competing.
//
// A handler call stands still until the check lets it return, so a check decides who is blocked and who is free. How many consumers the
// queue has is the broker's own count, seen past the fault proxy; a message that was lost or doubled shows when all
// consumers are gone and the queue is counted.
//
//	work_test.go     who handles what, and who is at work
//	scale_test.go    hiring and dismissing
//	stop_test.go     the end of the group, and what it does when the broker takes consumers away
package competing_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
