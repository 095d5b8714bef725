// Package poison_test is the hidden suite of the lab poison.
//
// A process under test dials through a tap on its wire to the broker, so the check can end it at a definite moment: while its
// handler is at work, in its Alert, or just when a certain message goes out. Back-offs last a millisecond where the check waits
// for the next attempt, and an hour where it shows that nobody waits for it.
//
//	attempts_test.go  how often a handler is started, over errors, processes and deaths
//	history_test.go   what is written on a message; failures that heal, back-offs that disturb nobody
//	dead_test.go      confirmed, alerted, acknowledged; Replay
//	end_test.go       stop, loss, and arguments that are mistakes
package poison_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
