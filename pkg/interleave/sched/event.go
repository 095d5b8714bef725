package sched

// Event is one step of a traced execution.
type Event struct {
	Index     int
	Task      int
	Op        string      // "lock", "send", "read", "go", "exit", …; "assert" for a failed expectation
	Object    *ObjectInfo // what the task met others at; nil where there is none
	Site      *Site
	Detail    string // a value, a panic's text, "3 waiting"
	Blocked   bool   // the operation could not be done yet and the task waits
	Preempted bool   // after it another task was picked although this one could have gone on
	Now       int64  // virtual nanoseconds
	Causes    []int  // indexes of the events of other tasks that this one had to wait for, or whose value it got
}

// event records a step of the running task, if events are recorded, and returns its index+1.
func (s *Scheduler) event(op string, obj *ObjectInfo, site *Site, detail string) int {
	if !s.cfg.Trace {
		return 0
	}
	s.trace = append(s.trace, Event{Index: len(s.trace), Task: s.cur.ID, Op: op, Object: obj, Site: site, Detail: detail, Now: s.now})
	return len(s.trace)
}

// Did records that the running task's operation is done; cause is the event (index+1, 0 for none) that made it possible. It also
// ends the operation: the next one finds its site anew.
func (s *Scheduler) Did(detail string, causes ...int) int {
	t := s.cur
	e := s.event(t.op, t.obj, t.site, detail)
	s.causedBy(e, causes...)
	t.site = nil
	return e
}

func (s *Scheduler) causedBy(e int, causes ...int) {
	if e == 0 {
		return
	}
	for _, c := range causes {
		if c > 0 && s.trace[c-1].Task != s.cur.ID {
			s.trace[e-1].Causes = append(s.trace[e-1].Causes, c-1)
		}
	}
}

// Tracing tells whether details are wanted: making them costs more than the operation.
func (s *Scheduler) Tracing() bool { return s.cfg.Trace }

// Released is Did for an operation that lets others go on: o remembers it as their cause.
func (s *Scheduler) Released(o *Object, detail string) {
	s.Release(&o.Clock)
	o.last = s.Did(detail)
}

// Acquired is Did for an operation that was waiting for o's last release.
func (s *Scheduler) Acquired(o *Object, detail string, causes ...int) {
	s.Acquire(o.Clock)
	s.Did(detail, append(causes, o.last)...)
}

func (s *Scheduler) blockedEvent(t *Task) {
	if e := s.event(t.op, t.obj, t.site, ""); e > 0 {
		s.trace[e-1].Blocked = true
	}
}

// recordBlocked records where tasks wait for ever that could still have gone on when they got there, and were overtaken.
func (s *Scheduler) recordBlocked(list []Blocked) {
	if !s.cfg.Trace {
		return
	}
	last := map[int]*Event{}
	for i := range s.trace {
		last[s.trace[i].Task] = &s.trace[i]
	}
	for _, b := range list {
		if e := last[b.Task]; e == nil || !e.Blocked {
			s.trace = append(s.trace, Event{
				Index: len(s.trace), Task: b.Task, Op: b.Op, Object: b.Object, Site: b.Site, Blocked: true, Now: s.now,
			})
		}
	}
}

// preempted marks the last event as one after which its task could have gone on.
func (s *Scheduler) preempted() {
	if n := len(s.trace); n > 0 && s.trace[n-1].Task == s.cur.ID {
		s.trace[n-1].Preempted = true
	}
}

// Note records something that is no operation: a failed expectation, a step of the suite's own.
func (s *Scheduler) Note(op, detail string) {
	s.event(op, nil, callSite(), detail)
}

// Published is Released for a plain atomic store: order from before it is forgotten.
func (s *Scheduler) Published(o *Object, detail string) {
	s.Publish(&o.Clock)
	o.last = s.Did(detail)
}
