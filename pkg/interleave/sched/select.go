package sched

// Case is one case of a select statement. After Select it holds what was received.
type Case struct {
	ch    *channel
	send  bool
	value any
	ok    bool
}

// Select does one of the cases and returns its index, or -1 for the default case. Which of several ready ones is explored.
func Select(site *Site, hasDefault bool, cases ...*Case) int {
	s := Current()
	if s == nil {
		return selectOutside(hasDefault, cases)
	}
	s.cur.site = site
	return s.communicate("select", nil, hasDefault, cases)
}

// Forever is select{}: nothing ever wakes it.
func Forever(site *Site) string {
	Select(site, false)
	panic("unreachable")
}

func (s *Scheduler) communicate(op string, obj *ObjectInfo, hasDefault bool, cases []*Case) int {
	s.Point(op, obj, nil)
	ready := make([]int, 0, 4)
	for i, c := range cases {
		if c.send && c.ch.canSend() || !c.send && c.ch.canReceive(s) {
			ready = append(ready, i)
		}
	}
	switch {
	case len(ready) > 0:
		i := ready[s.Choose(len(ready))]
		s.complete(cases[i])
		return i
	case hasDefault:
		s.Did("default")
		return -1
	}
	return s.parkIn(cases)
}

// complete does a case that is ready.
func (s *Scheduler) complete(c *Case) {
	t := s.cur
	if t.op == "select" {
		t.obj = c.ch.info()
	}
	if !c.send {
		value, ok, cause := c.ch.receive(s)
		c.value, c.ok = value, ok
		s.Did(c.verb(), cause)
		return
	}
	if c.ch.closed {
		s.Did("on a closed channel", c.ch.obj.last)
		throwClosed()
	}
	c.ch.send(s, c.value, s.Did(c.verb()))
}

// verb describes which way a select's case went.
func (c *Case) verb() string {
	if c.send {
		return "send"
	}
	return "receive"
}

// parkIn waits until another task serves one of the cases.
func (s *Scheduler) parkIn(cases []*Case) int {
	group := &parking{index: -1}
	for i, c := range cases {
		if c.ch == nil {
			continue
		}
		p := &parked{task: s.cur, group: group, index: i, value: c.value}
		if c.send {
			c.ch.sendq = append(c.ch.sendq, p)
		} else {
			c.ch.recvq = append(c.ch.recvq, p)
		}
	}
	group.cause = len(s.trace) + 1 // the event that Park records: what a receiver of this value will name as its cause
	group.s, group.cases = s, cases
	s.Park(group)
	for _, c := range cases {
		c.ch.forget(group)
	}
	if !group.done {
		return s.expired(cases)
	}
	served := cases[group.index]
	if s.cur.op == "select" {
		s.cur.obj = served.ch.info()
	}
	cause := group.cause
	if served.send && !group.closed {
		cause = 0
	}
	s.Did(served.verb(), cause)
	if group.closed {
		throwClosed()
	}
	if !served.send {
		served.value, served.ok = group.value, group.ok
	}
	return group.index
}

// expired completes an operation that a timer, and no other task, has made possible.
func (s *Scheduler) expired(cases []*Case) int {
	var due []int
	for i, c := range cases {
		if c.expired(s) {
			due = append(due, i)
		}
	}
	i := due[s.Choose(len(due))]
	s.complete(cases[i])
	return i
}

// expired tells whether the case receives from a timer whose time has come.
func (c *Case) expired(s *Scheduler) bool {
	return !c.send && c.ch != nil && c.ch.timer != nil && c.ch.timer.due(s)
}

// forget removes the cases of a served select from the queues.
func (c *channel) forget(group *parking) {
	if c == nil {
		return
	}
	for _, q := range []*[]*parked{&c.recvq, &c.sendq} {
		kept := (*q)[:0]
		for _, p := range *q {
			if p.group != group {
				kept = append(kept, p)
			}
		}
		*q = kept
	}
}
