package minirabbit

import (
	"slices"
	"sync"
	"time"
)

// faultKind is what happens to a counted publish or confirm.
type faultKind int

const (
	loseConfirm faultKind = iota
	delayConfirm
	cutBefore
	cutAfter
)

// planned is a fault that waits for its turn.
type planned struct {
	of    *schedule
	left  int // how many more until it strikes
	kind  faultKind
	delay time.Duration
}

// held is an answer that is held back.
type held struct {
	release func() // once
	timer   Timer
}

// schedule counts publishes and confirms and says which of them a fault strikes.
type schedule struct {
	mu                  sync.Mutex
	publishes, confirms []*planned
	held                []*held
}

// LoseConfirm drops the n-th answer (ack or nack) to a publish from now on; the message is stored all the same.
func (s *schedule) LoseConfirm(n int) { s.plan(&s.confirms, planned{left: n, kind: loseConfirm}) }

// DelayConfirm holds the n-th answer back for d or until Heal, while later ones overtake it.
func (s *schedule) DelayConfirm(n int, d time.Duration) {
	s.plan(&s.confirms, planned{left: n, kind: delayConfirm, delay: d})
}

// CutBeforePublish closes the connection in place of the n-th publish from now on, which is not stored.
func (s *schedule) CutBeforePublish(n int) { s.plan(&s.publishes, planned{left: n, kind: cutBefore}) }

// CutAfterPublish closes the connection when the n-th publish from now on is stored, and before its answer is sent.
func (s *schedule) CutAfterPublish(n int) { s.plan(&s.publishes, planned{left: n, kind: cutAfter}) }

func (s *schedule) plan(list *[]*planned, p planned) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.of = s
	*list = append(*list, &p)
}

// hold releases an answer after d, or when the schedule is cleared if that comes first.
func (s *schedule) hold(clock Clock, d time.Duration, release func()) {
	h := &held{release: sync.OnceFunc(release)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, h)
	h.timer = clock.AfterFunc(d, func() {
		s.mu.Lock()
		s.held = slices.DeleteFunc(s.held, func(x *held) bool { return x == h })
		s.mu.Unlock()
		h.release()
	})
}

// clear forgets what has not struck and releases what is held back, in its order.
func (s *schedule) clear() {
	s.mu.Lock()
	s.publishes, s.confirms = nil, nil
	waiting := s.held
	s.held = nil
	s.mu.Unlock()
	for _, h := range waiting {
		h.timer.Stop()
		h.release()
	}
}

func (s *schedule) publish() (planned, bool) { return s.strike(&s.publishes) }
func (s *schedule) confirm() (planned, bool) { return s.strike(&s.confirms) }

// strike counts one; of several faults due at once the first planned strikes.
func (s *schedule) strike(list *[]*planned) (planned, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due *planned
	for _, p := range *list {
		p.left--
		if p.left == 0 && due == nil {
			due = p
		}
	}
	*list = slices.DeleteFunc(*list, func(p *planned) bool { return p.left <= 0 })
	if due == nil {
		return planned{}, false
	}
	return *due, true
}
