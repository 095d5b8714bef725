package cacheaside_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"scalelab/labs/ch06-caching/cacheaside"
)

// errNoRides is what the estimator fails with.
var errNoRides = errors.New("no lift rides to estimate from")

// estimator stands in for the long query. The answer of a computation is decided when the computation begins.
type estimator struct {
	mu    sync.Mutex
	next  answer
	runs  []*run
	holds map[string]chan struct{} // by resort: computations that begin now wait until release

	releases []func()
}

// answer is what a computation returns.
type answer struct {
	waits []cacheaside.LiftWait
	err   error
}

// run is one computation.
type run struct {
	resort      string
	interrupted bool // its context ended while it ran
}

func newEstimator() *estimator {
	return &estimator{next: answer{waits: edition(1)}, holds: map[string]chan struct{}{}}
}

// edition is the n-th answer that a resort may give; two editions differ.
func edition(n int) []cacheaside.LiftWait {
	return []cacheaside.LiftWait{{Lift: "Gondola", Minutes: n}, {Lift: "Zürs \"Übungslift\"", Minutes: 10 * n}}
}

// LiftWaits is what the subject calls.
func (e *estimator) LiftWaits(ctx context.Context, resort string) ([]cacheaside.LiftWait, error) {
	r, result, held := e.begin(resort)
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		r.interrupted = true
		return nil, ctx.Err()
	}
	return result.waits, result.err
}

func (e *estimator) begin(resort string) (*run, answer, chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &run{resort: resort}
	e.runs = append(e.runs, r)
	return r, answer{waits: slices.Clone(e.next.waits), err: e.next.err}, e.holds[resort]
}

// answers sets what computations that begin from now on return.
func (e *estimator) answers(waits []cacheaside.LiftWait, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = answer{waits: waits, err: err}
}

// hold makes computations for resort that begin from now on wait; release lets them go, and those that begin later return at once.
func (e *estimator) hold(resort string) (release func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	held := make(chan struct{})
	e.holds[resort] = held
	release = sync.OnceFunc(func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.holds[resort] == held {
			delete(e.holds, resort)
		}
		close(held)
	})
	e.releases = append(e.releases, release)
	return release
}

func (e *estimator) releaseAll() {
	e.mu.Lock()
	releases := e.releases
	e.mu.Unlock()
	for _, release := range releases {
		release()
	}
}

// count is the number of computations for resort that have begun.
func (e *estimator) count(resort string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, r := range e.runs {
		if r.resort == resort {
			n++
		}
	}
	return n
}

// interruptions is the number of computations whose context ended while they ran.
func (e *estimator) interruptions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, r := range e.runs {
		if r.interrupted {
			n++
		}
	}
	return n
}

// describe words an outcome of LiftWaits so that it is the same in every run: no port, no address.
func describe(waits []cacheaside.LiftWait, err error) string {
	switch {
	case errors.Is(err, errNoRides):
		return "the estimator's error"
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded"
	case err != nil:
		return "another error, perhaps of Redis"
	case len(waits) == 0:
		return "an empty answer"
	}
	for n := 1; n < 10; n++ {
		if slices.Equal(waits, edition(n)) {
			return fmt.Sprintf("edition %d of the answer", n)
		}
	}
	return "an answer that the estimator never gave"
}
