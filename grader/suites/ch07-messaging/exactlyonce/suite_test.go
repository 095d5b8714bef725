// Package exactlyonce_test is the hidden suite of the lab exactlyonce.
//
// A consumer under test is a process with two wires: one to the broker and one to Redis. Both are the suite's. The wire to Redis
// lets commands out one at a time and waits for each one's answer, so there is a definite moment between any two commands: the
// check looks at Redis then, lets the process die, loses an answer, or lets another process go first. A sweep does so before the
// first command, before the second, and so on, until the subject has no more; it knows no command by name.
//
//	once_test.go     what is a copy and what is not; key, time to live and effect
//	crash_test.go    the sweeps: deaths, lost answers, two consumers
//	failure_test.go  Redis down, handlers that fail
//	end_test.go      stop, loss, and arguments that are mistakes
package exactlyonce_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
