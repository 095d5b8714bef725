package boundedbuffer_test

import (
	"runtime"
	"strings"
	"testing/synctest"
	"time"
)

// turns lets all goroutines of the bubble run until each of them is blocked, as synctest.Wait does, but survives one that never
// blocks: synctest.Wait would wait for it for ever, and a check that judges polling could only time out.
//
// The trick is to have one processor only. When the check gives it away, everybody else has a turn before the check is back: each
// runs until it blocks, or until the runtime takes the processor from it, which happens after ten milliseconds of work. Blocking
// takes microseconds. So whoever is still running after several turns will not stop, however busy the machine is.
type turns struct {
	stacks []byte
	spin   bool // somebody did not stop running
}

const enoughTurns = 10

func takeTurns() turns {
	runtime.GOMAXPROCS(1)
	return turns{stacks: make([]byte, 256<<10)}
}

// untilAllWait returns when all are blocked, or when somebody does not stop. In the second case, once known, it is content with
// done.
func (g *turns) untilAllWait(done func() bool) {
	known := g.spin
	for turn := 0; turn < enoughTurns; {
		if known && done() {
			return
		}
		runtime.Gosched()
		switch running, elsewhere := g.others(); {
		case running > 0:
			turn++
		case elsewhere == 0:
			synctest.Wait()
			g.spin = false
			return
		}
	}
	g.spin = true
}

// others counts the bubble's goroutines, the caller excepted, that would use a processor, and those that wait for something
// outside the bubble, such as the end of a system call, and will be back.
func (g *turns) others() (running, elsewhere int) {
	all := string(g.stacks[:runtime.Stack(g.stacks, true)])
	_, all, _ = strings.Cut(all, "\n\n") // the caller is first
	for line := range strings.Lines(all) {
		if !strings.HasPrefix(line, "goroutine ") || !strings.Contains(line, "synctest bubble") {
			continue
		}
		switch {
		case strings.Contains(line, "(durable)"):
		case strings.Contains(line, "[runnable"), strings.Contains(line, "[running"):
			running++
		default:
			elsewhere++
		}
	}
	return running, elsewhere
}

// until lets everybody run, and virtual time pass if need be, until done: a caller that looks from time to time gets there later,
// which is another check's business. It reports whether done came true.
func (g *turns) until(done func() bool) bool {
	g.untilAllWait(done)
	for nap := time.Microsecond; nap <= time.Minute && !done(); nap *= 10 {
		if !g.spin {
			time.Sleep(nap)
		}
		g.untilAllWait(done)
	}
	return done()
}
