package interleave

import (
	"fmt"
	"time"
)

// nativeLimit bounds one native run: it keeps a deadlock from hanging the test, and measures nothing.
const nativeLimit = 10 * time.Second

// native runs the scenario as ordinary Go, as often as the options say.
func native(o Options, body func(x *Run)) *Report {
	r := &Report{Exhaustive: -1}
	for r.Schedules < o.Native && r.Failure == nil && r.Unjudged == "" {
		r.Schedules++
		nativeOnce(r, body)
	}
	return r
}

func nativeOnce(r *Report, body func(x *Run)) {
	x, over := &Run{}, make(chan struct{})
	go func() {
		defer close(over)
		body(x)
	}()
	limit := time.NewTimer(nativeLimit)
	defer limit.Stop()
	select {
	case <-over:
	case <-limit.C:
		r.Failure = &Failure{Kind: "timeout", Task: -1, Message: fmt.Sprintf("stuck: the scenario has not come to its end in %v", nativeLimit)}
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	wrong := x.failed
	if wrong == "" {
		wrong, r.Unjudged = x.judge()
	}
	if wrong != "" {
		r.Failure = &Failure{Kind: WrongResult, Task: -1, Message: wrong}
	}
}
