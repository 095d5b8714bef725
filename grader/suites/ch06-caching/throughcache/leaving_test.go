package throughcache_test

import (
	"context"
	"testing"
	"time"

	"scalelab/labs/ch06-caching/throughcache"
	"scalelab/pkg/check"
)

func TestReadersLeaveAndLoadsGoOn(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		oneLeaves(t)
		allLeave(t)
		loadTimesOut(t)
		loadComesLate(t)
		writerLeaves(t)
	})
}

// oneLeaves cancels the read that has started the load; another one has joined it.
func oneLeaves(t *check.T) {
	t.Helper()
	s := newStage(t, "The first reader leaves", throughcache.Options{})
	s.line.loads = []plan{{takes: 5 * time.Second, heeds: true}}
	ctx, cancel := context.WithCancel(t.Context())
	first := s.begin("till 1", ctx, get(day))
	s.until(time.Second)
	second := s.begin("till 2", t.Context(), get(day))
	s.until(2 * time.Second)
	cancel()
	s.note("till 1", "its context is cancelled")
	s.until(3 * time.Second)
	s.returned(first, 2*time.Second, "a reader whose context ends leaves at once", failed(context.Canceled))
	s.until(time.Minute)
	s.returned(second, 5*time.Second, "a load does not end with the reader that started it: who stays gets the price", priced(55))
	later := s.begin("till 3", t.Context(), get(day))
	s.until(2 * time.Minute)
	s.returned(later, time.Minute, "the price that the load brought is kept: a later read does not wait", priced(55))
}

// allLeave lets the deadlines of all readers pass before the load ends.
func allLeave(t *check.T) {
	t.Helper()
	s := newStage(t, "All readers leave", throughcache.Options{LoadTimeout: time.Minute})
	s.line.loads = []plan{{takes: 20 * time.Second, heeds: true}, {takes: 50 * time.Second, heeds: true}}
	var left []*running
	for i, till := range []string{"till 1", "till 2"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+2)*time.Second)
		defer cancel()
		left = append(left, s.begin(till, ctx, get(day)))
	}
	s.until(10 * time.Second)
	for i, r := range left {
		s.returned(r, time.Duration(i+2)*time.Second, "a reader whose deadline passes leaves at once", failed(context.DeadlineExceeded))
	}
	s.until(30 * time.Second)
	later := s.begin("till 3", t.Context(), get(day))
	s.until(31 * time.Second)
	s.returned(later, 30*time.Second, "a load whose readers have all left goes on, and what it brings is kept", priced(55))
}

// loadTimesOut lets a load run until its own time is over.
func loadTimesOut(t *check.T) {
	t.Helper()
	s := newStage(t, "LoadTimeout 2s, and a line that hangs", throughcache.Options{LoadTimeout: 2 * time.Second})
	s.line.loads = []plan{{takes: time.Hour, heeds: true}}
	c := s.begin("till 1", t.Context(), get(day))
	s.until(3 * time.Second)
	s.returned(c, 2*time.Second, "the context of a load ends after LoadTimeout", failed(context.DeadlineExceeded))
}

// loadComesLate lets Load take longer than it may, because it does not look at its context.
func loadComesLate(t *check.T) {
	t.Helper()
	s := newStage(t, "LoadTimeout 2s, and an office that does not care", throughcache.Options{LoadTimeout: 2 * time.Second})
	s.line.loads = []plan{{takes: 5 * time.Second}, {takes: 5 * time.Second}}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	hasty, patient := s.begin("till 1", ctx, get(day)), s.begin("till 2", t.Context(), get(day))
	s.until(10 * time.Second)
	s.returned(hasty, 3*time.Second, "a reader whose deadline passes leaves at once, whatever Load does", failed(context.DeadlineExceeded))
	s.returned(patient, 5*time.Second, "what Load returns counts, however late", priced(55))
}

// writerLeaves lets the deadline of a write pass while another write of its key may hold it up.
func writerLeaves(t *check.T) {
	t.Helper()
	s := newStage(t, "Two writes", throughcache.Options{})
	s.line.writes = []plan{{takes: 10 * time.Second}}
	slow := s.begin("till 1", t.Context(), put(day, 62))
	s.until(time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	hasty := s.begin("till 2", ctx, put(day, 65))
	s.until(3 * time.Second)
	s.returned(hasty, 2*time.Second, "a write that waits for another one leaves when its deadline passes (or it does not wait at all)",
		failed(context.DeadlineExceeded), done)
	s.until(time.Minute)
	s.returned(slow, 10*time.Second, "a write returns when the store has done it", done)
	if hasty.answer.err != nil {
		s.same(false, s.line.wrote(65), "a write that left while it waited is never done: the office has written down 65")
	}
}
