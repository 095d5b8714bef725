// Package safeconsume_test is the hidden suite of the lab safeconsume.
//
// The checks are in command of everything that takes time. A handler call, a back-off and (if a check wants it) a dial stand still
// until the check lets them go on, and each of them reports to one stream of events. So a check reads like a protocol: next the
// subject dials, next it handles p-1. What the broker holds is seen past the fault proxy, and only when nothing can move: a
// consumer that is gone holds nothing, so what it did not acknowledge is in the queue again.
//
//	handle_test.go    acknowledgements, failures, back-off, prefetch
//	loss_test.go      lost connections and queues, tags of old channels
//	stop_test.go      the end of Run
package safeconsume_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
