package stacks

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check/record"
)

const printed = `goroutine 7 [running, synctest bubble 1]:
scalelab/pkg/check.allStacks()
	/kit/pkg/check/goroutines.go:51 +0x1d

goroutine 9 [sync.Cond.Wait (durable), 3 minutes, synctest bubble 1]:
sync.runtime_notifyListWait(0xc0001, 0x0)
	/go/src/runtime/sema.go:617 +0x15d
sync.(*Cond).Wait(0xc0001)
	/go/src/sync/cond.go:71 +0x80
scalelab/labs/ch04-concurrency/boundedbuffer.(*Buffer[...]).Put(0xc00010, 0x5)
	/kit/labs/ch04-concurrency/boundedbuffer/boundedbuffer.go:31 +0x14
created by scalelab/grader/suites/ch04-concurrency/boundedbuffer_test.TestX in goroutine 8
	/kit/grader/suites/ch04-concurrency/boundedbuffer/close_test.go:12 +0x2a

goroutine 10 [chan send (durable), synctest bubble 1]:
scalelab/pkg/durable/sync.(*Mutex).Lock(...)
	/kit/pkg/durable/sync/mutex.go:9
scalelab/labs/ch04-concurrency/boundedbuffer.(*Buffer[...]).Close(0xc00010)
	/kit/labs/ch04-concurrency/boundedbuffer/boundedbuffer.go:12 +0x14

goroutine 11 [chan receive (durable), synctest bubble 1]:
scalelab/grader/suites/ch04-concurrency/boundedbuffer_test.TestX.func1()
	/kit/grader/suites/ch04-concurrency/boundedbuffer/close_test.go:12 +0x2a

goroutine 1 [chan receive]:
scalelab/labs/ch04-concurrency/boundedbuffer.outside()
	/kit/labs/ch04-concurrency/boundedbuffer/boundedbuffer.go:1 +0x14
`

func TestWaitersAreTheBubblesGoroutinesInTheStudentsCode(t *testing.T) {
	ws := InBubble(printed)
	require.Equal(t, Waiters{
		{Func: "(*Buffer[...]).Close", At: record.Location{File: "boundedbuffer.go", Line: 12}, State: "(*Mutex).Lock"},
		{Func: "(*Buffer[...]).Put", At: record.Location{File: "boundedbuffer.go", Line: 31}, State: "(*Cond).Wait"},
	}, ws)
	require.Equal(t, ": (*Buffer[...]).Close waits at boundedbuffer.go:12; (*Buffer[...]).Put waits at boundedbuffer.go:31", ws.Sentence())
	require.Equal(t, "boundedbuffer.go:12", ws.Location().String())
	require.Empty(t, Waiters(nil).Sentence())
}

const race = `==================
WARNING: DATA RACE
Read at 0x00c0001200a8 by goroutine 10:
  scalelab/labs/ch04-concurrency/boundedbuffer.(*Buffer[go.shape.int]).Len()
      /tmp/overlay/boundedbuffer.go:60 +0x44
  scalelab/grader/suites/ch04-concurrency/boundedbuffer_test.TestX.func1()
      /kit/grader/suites/ch04-concurrency/boundedbuffer/race_test.go:40 +0x3c

Previous write at 0x00c0001200a8 by goroutine 9:
  runtime.mapassign()
      /go/src/runtime/map.go:1 +0x1
  scalelab/labs/ch04-concurrency/boundedbuffer.(*Buffer[go.shape.int]).Put()
      /tmp/overlay/boundedbuffer.go:31 +0x44

Goroutine 10 (running) created at:
  scalelab/grader/suites/ch04-concurrency/boundedbuffer_test.TestX()
      /kit/grader/suites/ch04-concurrency/boundedbuffer/race_test.go:39 +0x3c
==================
`

func TestRaceAccessesAreTheStudents(t *testing.T) {
	require.Equal(t, []string{
		"read in (*Buffer[...]).Len at boundedbuffer.go:60",
		"write in (*Buffer[...]).Put at boundedbuffer.go:31",
	}, RaceAccesses(race))
	require.Empty(t, RaceAccesses("no race here"))
}
