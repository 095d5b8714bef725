package sched

// Clock is a vector clock: for each task the number of the last of its epochs that happened before.
type Clock []uint32

// Join makes c the least clock that is not before either.
func (c *Clock) Join(o Clock) {
	for len(*c) < len(o) {
		*c = append(*c, 0)
	}
	for i, x := range o {
		if x > (*c)[i] {
			(*c)[i] = x
		}
	}
}

// Set makes c a copy of o.
func (c *Clock) Set(o Clock) { *c = append((*c)[:0], o...) }

func (c Clock) of(task int) uint32 {
	if task < len(c) {
		return c[task]
	}
	return 0
}

func (t *Task) tick() {
	for len(t.clock) <= t.ID {
		t.clock = append(t.clock, 0)
	}
	t.clock[t.ID]++
}

// Release lets everything the running task did so far happen before whoever acquires c later; what c held stays.
func (s *Scheduler) Release(c *Clock) {
	c.Join(s.cur.clock)
	s.cur.tick()
}

// Publish is Release that forgets what c held before: a plain atomic store does not take over the order of earlier stores.
func (s *Scheduler) Publish(c *Clock) {
	c.Set(s.cur.clock)
	s.cur.tick()
}

// Acquire lets everything released into c happen before what the running task does next.
func (s *Scheduler) Acquire(c Clock) { s.cur.clock.Join(c) }
