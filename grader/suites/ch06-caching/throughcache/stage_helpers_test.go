package throughcache_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/throughcache"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// plan is how long a call of the slow line takes, and whether it ends early with its context.
type plan struct {
	takes time.Duration
	heeds bool
}

// line is the store of the scenes in virtual time. What it does takes as long as it is told, and no time afterwards.
type line struct {
	s             *stage
	loads, writes []plan
	mu            sync.Mutex // held for a moment only
	begun         [2]int     // loads and writes
	written       []int
}

func (l *line) work(ctx context.Context, kind int, plans []plan, what string) error {
	l.mu.Lock()
	nth := l.begun[kind]
	l.begun[kind]++
	l.mu.Unlock()
	var p plan
	if nth < len(plans) {
		p = plans[nth]
	}
	l.s.note("office", what+" begins")
	if !p.heeds {
		ctx = context.Background()
	}
	select {
	case <-l.s.over:
	case <-ctx.Done():
		l.s.note("office", what+": its context has ended")
		return ctx.Err()
	case <-time.After(p.takes):
	}
	l.s.note("office", what+" is done")
	return nil
}

func (l *line) Load(ctx context.Context, key string) (int, error) {
	return 55, l.work(ctx, 0, l.loads, fmt.Sprintf("Load(%s)", key))
}

func (l *line) Save(ctx context.Context, key string, francs int) error {
	err := l.work(ctx, 1, l.writes, fmt.Sprintf("Save(%s, %d)", key, francs))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.written = append(l.written, francs)
	}
	return err
}

func (l *line) Delete(ctx context.Context, key string) error {
	return l.work(ctx, 1, l.writes, fmt.Sprintf("Delete(%s)", key))
}

func (l *line) wrote(francs int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.written, francs)
}

// stage is a cache in virtual time, and what has happened so far.
type stage struct {
	t     *check.T
	title string
	line  *line
	c     *throughcache.Cache
	began time.Time
	over  chan struct{} // closed when the check ends: then nothing is slow any more

	mu     sync.Mutex // held for a moment only
	events []event
}

type event struct {
	at         time.Duration
	lane, text string
	returns    bool // the end of a call, which comes after its causes
}

// running is a call in a goroutine of its own.
type running struct {
	till   string
	call   call
	began  time.Duration
	ended  time.Duration
	answer answer
	done   chan struct{}
}

func newStage(t *check.T, title string, opts throughcache.Options) *stage {
	s := &stage{t: t, title: title, began: time.Now(), over: make(chan struct{})}
	s.line = &line{s: s}
	s.c = throughcache.New(s.line, opts)
	t.Cleanup(func() {
		close(s.over)
		synctest.Wait()
	})
	return s
}

func (s *stage) now() time.Duration { return time.Since(s.began) }

func (s *stage) note(lane, text string) {
	s.add(event{lane: lane, text: text})
}

func (s *stage) add(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.at = s.now()
	s.events = append(s.events, e)
}

// begin lets a till make a call, and waits until everybody waits.
func (s *stage) begin(till string, ctx context.Context, c call) *running {
	r := &running{till: till, call: c, began: s.now(), done: make(chan struct{})}
	s.note(till, "calls "+c.String())
	go func() {
		defer close(r.done)
		r.answer = c.on(ctx, s.c)
		r.ended = s.now()
		s.add(event{lane: till, text: fmt.Sprintf("%v = %v", c, r.answer), returns: true})
	}()
	synctest.Wait()
	return r
}

// until lets time pass.
func (s *stage) until(at time.Duration) {
	time.Sleep(at - s.now())
	synctest.Wait()
}

// returned demands that a call has returned one of the answers, at that time or before.
func (s *stage) returned(r *running, at time.Duration, rule string, wants ...answer) {
	s.t.Helper()
	want := fmt.Sprintf("%s: %v = %v, at %v", r.till, r.call, wants[0], at)
	got := fmt.Sprintf("%s: %v has not returned at %v", r.till, r.call, s.now())
	select {
	case <-r.done:
		got = fmt.Sprintf("%s: %v = %v, at %v", r.till, r.call, r.answer, r.ended)
		if r.ended <= at && slices.ContainsFunc(wants, func(a answer) bool { return a.String() == r.answer.String() }) {
			got = want
		}
	default:
	}
	s.equal(want, got, r.till, rule)
}

// same is require.Equal that shows what happened.
func (s *stage) same(want, got any, rule string) {
	s.t.Helper()
	s.equal(want, got, "office", rule)
}

// equal is same, with the lane in which to look.
func (s *stage) equal(want, got any, lane, rule string) {
	s.t.Helper()
	if want != got {
		s.draw(fmt.Sprint(want), fmt.Sprint(got), lane)
	}
	require.Equal(s.t, want, got, rule)
}

// draw shows the events in the order of time, and marks the last one of a lane. What happens at one moment has no order, so it is sorted:
// from the tills to the office and back.
func (s *stage) draw(want, got, lane string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rank := func(e event) int {
		switch {
		case e.returns:
			return 2
		case e.lane == "office":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(s.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.lane, b.lane), cmp.Compare(a.text, b.text))
	})
	last := 0
	for i, e := range s.events {
		if e.lane == lane {
			last = i
		}
	}
	r := spacetime.NewRecorder("", "till 1", "till 2", "office")
	for i, e := range s.events {
		r.Step(e.lane, spacetime.Step{Text: fmt.Sprintf("%v %s", e.at, e.text), Highlight: i == last})
	}
	r.Diagram.AddFact("expected", want)
	r.Diagram.AddFact("actual", got)
	check.Show(s.t, check.Evidence{Kind: "space-time diagram", Title: s.title, Text: r.Diagram.Text(), SVG: r.Diagram.SVG()})
}
