package interleave

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/anishathalye/porcupine"

	"scalelab/pkg/check/stacks"
	"scalelab/pkg/check/wording"
	"scalelab/pkg/interleave/sched"
)

// Run is one execution of a scenario. It is a require.TestingT; a failed expectation ends the execution.
type Run struct {
	controlled bool
	history    history
	models     []porcupine.Model

	mu     sync.Mutex // of the fields below, in native runs
	failed string
}

// Errorf fails the execution and ends it.
func (x *Run) Errorf(format string, args ...any) {
	message := wording.Clean(fmt.Sprintf(format, args...))
	if x.controlled {
		s := sched.Current()
		site := s.CallSite()
		s.Note("assert", message)
		s.Fail(sched.Failure{Kind: WrongResult, Message: message, Task: s.TaskID(), Site: site})
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failed == "" {
		x.failed = message
	}
}

// FailNow fails the execution and ends it.
func (x *Run) FailNow() {
	if x.controlled {
		x.Errorf("the execution failed")
	}
	x.mu.Lock()
	if x.failed == "" {
		x.failed = "the execution failed"
	}
	x.mu.Unlock()
	runtime.Goexit()
}

// Helper does nothing; require looks for it.
func (x *Run) Helper() {}

// Go is a go statement that gives the goroutine a name for reports.
func (x *Run) Go(name string, f func()) {
	if !x.controlled {
		go f()
		return
	}
	sched.GoNamed(name, f)
}

// Name gives a lock, channel or other shared thing a name for reports. thing is a pointer to it, or the channel itself.
func (x *Run) Name(thing any, name string) {
	if x.controlled {
		sched.Name(thing, name)
	}
}

// Settle waits until every other goroutine of the scenario is blocked or has ended, without letting time pass. If they never are,
// because one keeps polling, the execution is a livelock.
func (x *Run) Settle() {
	if x.controlled {
		sched.Current().Settle()
		return
	}
	stacks.Settle(5000)
}
