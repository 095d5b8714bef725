// Package channelpool_test is the hidden suite of the lab channelpool.
//
// Every check counts on the wire which channels the pool opens and closes, and learns whether a Borrow waits from the state of
// its goroutine. That a wait ends is awaited; that one goes on is only asked when nothing else in the process can move.
//
//	lend_test.go    reuse, Max, the order of those who wait, MaxIdle
//	leave_test.go   waits that end: by their context, by Close
//	loss_test.go    channels that die, openings that fail
//	with_test.go    With, Return of what is not lent
//	silence_test.go a broker that does not answer
package channelpool_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
