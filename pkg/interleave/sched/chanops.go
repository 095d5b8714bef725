package sched

import "unsafe"

// From is the receiving end of a channel, To the sending end. They are made where the program evaluates the channel, before the
// value to send is evaluated.
func From[C ~chan T | ~<-chan T, T any](ch C) Receiver[T] {
	return Receiver[T]{pointerOf(ch)}
}

// To is the sending end of ch.
func To[C ~chan T | ~chan<- T, T any](ch C) Sender[T] { return Sender[T]{pointerOf(ch)} }

// Receiver is the receiving end of a channel.
type Receiver[T any] struct{ ptr unsafe.Pointer }

// Sender is the sending end of a channel.
type Sender[T any] struct{ ptr unsafe.Pointer }

// find is the state of a channel inside or outside an execution.
func find(s *Scheduler, p unsafe.Pointer) *channel {
	if s != nil {
		return s.channelOf(p, -1)
	}
	outside.Lock()
	defer outside.Unlock()
	return outside.chans[p]
}

// Recv is <-ch.
func (r Receiver[T]) Recv(site *Site) T {
	v, _ := r.Recv2(site)
	return v
}

// Recv2 is v, ok := <-ch.
func (r Receiver[T]) Recv2(site *Site) (T, bool) {
	s := Current()
	c := &Case{}
	if s == nil {
		c.ch = find(nil, r.ptr)
		selectOutside(false, []*Case{c})
	} else {
		s.cur.site = site
		c.ch = find(s, r.ptr)
		s.communicate("receive", c.ch.info(), false, []*Case{c})
	}
	return valueOf[T](c)
}

// Send is ch <- v.
func (w Sender[T]) Send(v T, site *Site) {
	s := Current()
	c := &Case{send: true, value: v}
	if s == nil {
		c.ch = find(nil, w.ptr)
		selectOutside(false, []*Case{c})
		return
	}
	s.cur.site = site
	c.ch = find(s, w.ptr)
	s.communicate("send", c.ch.info(), false, []*Case{c})
}

// RecvCase is a case of a select that receives.
type RecvCase[T any] struct{ Case }

// Value is what the case received.
func (c *RecvCase[T]) Value() T { v, _ := valueOf[T](&c.Case); return v }

// Value2 is what the case received, and whether it was sent.
func (c *RecvCase[T]) Value2() (T, bool) { return valueOf[T](&c.Case) }

// C is the case itself.
func (c *RecvCase[T]) C() *Case { return &c.Case }

// Case makes a case of a select.
func (r Receiver[T]) Case(site *Site) *RecvCase[T] {
	s := Current()
	if s != nil {
		s.cur.site = site
	}
	return &RecvCase[T]{Case{ch: find(s, r.ptr)}}
}

// Case makes a case of a select that sends v.
func (w Sender[T]) Case(v T, site *Site) *Case {
	s := Current()
	if s != nil {
		s.cur.site = site
	}
	return &Case{ch: find(s, w.ptr), send: true, value: v}
}

func valueOf[T any](c *Case) (T, bool) {
	v, _ := c.value.(T)
	return v, c.ok
}

// Close is close(ch).
func Close[C ~chan T | ~chan<- T, T any](ch C, site *Site) {
	s := Current()
	p := pointerOf(ch)
	c := find(s, p)
	if s != nil {
		s.cur.site = site
		s.Point("close", c.info(), nil)
	}
	if c == nil {
		close((chan T)(nil))
	}
	if c.closed {
		if s != nil {
			s.Did("")
		}
		closed := make(chan struct{})
		close(closed)
		close(closed)
	}
	if s == nil {
		c.closed = true
		return
	}
	s.Released(&c.obj, "")
	c.shut(s)
}

// CloseNow closes an open channel as part of another operation, whose event is cause.
func CloseNow[T any](ch chan T, cause int) {
	s := Current()
	c := find(s, pointerOf(ch))
	if s == nil {
		c.closed = true
		return
	}
	s.Release(&c.obj.Clock)
	c.obj.last = cause
	c.shut(s)
}

// ChanLen is len(ch).
func ChanLen[C any](ch C, site *Site) int {
	s := Current()
	c := find(s, pointerOf(ch))
	if c == nil {
		return 0
	}
	if s != nil {
		s.cur.site = site
		s.Point("len", c.info(), nil)
		s.Did("")
	}
	return len(c.buf)
}

// ChanRange walks over what a channel yields until it is closed.
type ChanRange[T any] struct {
	from  Receiver[T]
	site  *Site
	value T
}

// RangeChan is for v := range ch.
func RangeChan[C ~chan T | ~<-chan T, T any](ch C, site *Site) *ChanRange[T] {
	return &ChanRange[T]{from: From(ch), site: site}
}

// Next receives; it returns false when the channel is closed and empty.
func (r *ChanRange[T]) Next() (ok bool) {
	r.value, ok = r.from.Recv2(r.site)
	return ok
}

// Value is what Next received.
func (r *ChanRange[T]) Value() T { return r.value }

// selectOutside does what it can without waiting: outside an execution there is nobody to wait for.
func selectOutside(hasDefault bool, cases []*Case) int {
	for i, c := range cases {
		switch {
		case c.send && c.ch.canSend():
			if c.ch.closed {
				throwClosed()
			}
			c.ch.buf = append(c.ch.buf, item{value: c.value})
			return i
		case !c.send && c.ch.canReceive(nil):
			if len(c.ch.buf) > 0 {
				c.value, c.ok = c.ch.buf[0].value, true
				c.ch.buf = c.ch.buf[1:]
			}
			return i
		}
	}
	if !hasDefault {
		panic("interleave: a channel operation outside Explore would block")
	}
	return -1
}
