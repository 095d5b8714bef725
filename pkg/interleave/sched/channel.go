package sched

import (
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// A channel keeps its Go type: the real channel is only an identity, and its state lives in a table of the execution. So a channel
// can be stored, compared and passed on as the program likes.
type channel struct {
	obj    Object
	cap    int
	buf    []item
	slots  []Clock // per place of the buffer, as Go's memory model wants it: the k-th receive happens before the (k+cap)-th send is done
	sendAt int
	recvAt int
	closed bool
	recvq  []*parked
	sendq  []*parked
	timer  *Timer
}

type item struct {
	value any
	from  int // the event that sent it
}

// parked is a task that waits in a channel operation; a select parks once in each of its channels.
type parked struct {
	task  *Task
	group *parking
	index int // of the select's case
	value any // to send
}

// parking is shared by the cases of one operation: the first that is served wins.
type parking struct {
	done   bool
	index  int
	value  any
	ok     bool
	closed bool
	cause  int
	s      *Scheduler
	cases  []*Case
}

// Ready holds when another task has served the operation, or a timer is due that it receives from. Both can be so, and then
// whoever comes first decides.
func (p *parking) Ready() bool {
	return p.done || slices.ContainsFunc(p.cases, func(c *Case) bool { return c.expired(p.s) })
}

// outside holds channels made before any execution, such as a package's variable. Each execution starts from a copy of their state.
var outside = struct {
	sync.Mutex
	chans map[unsafe.Pointer]*channel
}{chans: map[unsafe.Pointer]*channel{}}

// Made takes note of a channel that rewritten code has made, and returns it.
func Made[C any](ch C) C {
	p := pointerOf(ch)
	c := &channel{cap: reflect.ValueOf(ch).Cap()}
	if s := Current(); s != nil {
		c.obj.In(s, "channel")
		s.chans[p] = c
		return ch
	}
	outside.Lock()
	defer outside.Unlock()
	outside.chans[p] = c
	return ch
}

// pointerOf is the identity of a channel of any direction and element type.
func pointerOf[C any](ch C) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&ch)) }

// channelOf is the state behind a channel; nil for a nil channel.
func (s *Scheduler) channelOf(p unsafe.Pointer, capacity int) *channel {
	if p == nil {
		return nil
	}
	if c := s.chans[p]; c != nil {
		return c
	}
	outside.Lock()
	born := outside.chans[p]
	outside.Unlock()
	c := &channel{cap: capacity}
	switch {
	case born != nil:
		c.cap, c.closed, c.buf = born.cap, born.closed, append([]item(nil), born.buf...)
		c.sendAt = len(c.buf) % max(c.cap, 1)
	case capacity < 0:
		s.Fail(Failure{Kind: Unjudged, Task: s.cur.ID, Site: s.CallSite(), Message: "a channel that was made outside this execution"})
	}
	c.obj.In(s, "channel")
	s.chans[p] = c
	return c
}

// Known tells whether ch belongs to code under control.
func Known[C any](ch C) bool {
	s := active.Load()
	if s == nil {
		return false
	}
	p := pointerOf(ch)
	outside.Lock()
	defer outside.Unlock()
	return s.chans[p] != nil || outside.chans[p] != nil
}

func (c *channel) info() *ObjectInfo {
	if c == nil {
		return nil
	}
	return c.obj.info
}

func (c *channel) awaited() bool { return first(c.recvq) != nil }

// first is the longest waiting task of a queue that has not been served elsewhere.
func first(q []*parked) *parked {
	for _, p := range q {
		if !p.group.done {
			return p
		}
	}
	return nil
}

// pop removes and returns what first finds.
func pop(q *[]*parked) *parked {
	for len(*q) > 0 {
		p := (*q)[0]
		*q = (*q)[1:]
		if !p.group.done {
			return p
		}
	}
	return nil
}

func (p *parked) serve(value any, ok bool, cause int) {
	g := p.group
	g.done, g.index, g.value, g.ok, g.cause = true, p.index, value, ok, cause
}

func (c *channel) canSend() bool {
	return c != nil && (c.closed || first(c.recvq) != nil || len(c.buf) < c.cap)
}

func (c *channel) canReceive(s *Scheduler) bool {
	return c != nil && (c.closed || len(c.buf) > 0 || first(c.sendq) != nil || c.timer != nil && s != nil && c.timer.due(s))
}

// throwClosed panics as Go does, with Go's own value.
func throwClosed() {
	ch := make(chan struct{})
	close(ch)
	ch <- struct{}{}
}

// send does a send that canSend. event is the send's own event.
func (c *channel) send(s *Scheduler, value any, event int) {
	if r := pop(&c.recvq); r != nil {
		c.meet(s, r.task, c.cap > 0)
		r.serve(value, true, event)
		return
	}
	c.passSlot(s.cur, &c.sendAt)
	c.buf = append(c.buf, item{value, event})
}

// receive does a receive that canReceive.
func (c *channel) receive(s *Scheduler) (value any, ok bool, cause int) {
	switch {
	case c.timer != nil && c.timer.due(s):
		s.Acquire(c.timer.clock)
		return c.timer.take(s), true, c.timer.started
	case len(c.buf) > 0:
		head := c.buf[0]
		c.buf = c.buf[1:]
		c.passSlot(s.cur, &c.recvAt)
		if w := pop(&c.sendq); w != nil {
			c.passSlot(w.task, &c.sendAt)
			c.buf = append(c.buf, item{w.value, w.group.cause})
			w.serve(nil, true, 0)
		}
		return head.value, true, head.from
	}
	if w := pop(&c.sendq); w != nil {
		c.meet(s, w.task, false)
		value, cause = w.value, w.group.cause
		w.serve(nil, true, 0)
		return value, true, cause
	}
	s.Acquire(c.obj.Clock)
	return nil, false, c.obj.last
}

// meet orders the running task and a parked one: both ways without a buffer, through a place of the buffer with one.
func (c *channel) meet(s *Scheduler, other *Task, buffered bool) {
	if buffered {
		c.passSlot(s.cur, &c.sendAt)
		c.passSlot(other, &c.recvAt)
		return
	}
	other.clock.Join(s.cur.clock)
	s.cur.clock.Join(other.clock)
	s.cur.tick()
	other.tick()
}

// passSlot orders t after whoever used the next place of the buffer before.
func (c *channel) passSlot(t *Task, at *int) {
	for len(c.slots) <= *at {
		c.slots = append(c.slots, nil)
	}
	slot := &c.slots[*at]
	t.clock.Join(*slot)
	slot.Set(t.clock)
	t.tick()
	*at = (*at + 1) % max(c.cap, 1)
}

// shut closes c and wakes everybody: receivers get zero values, senders panic.
func (c *channel) shut(s *Scheduler) {
	c.closed = true
	for r := pop(&c.recvq); r != nil; r = pop(&c.recvq) {
		r.task.clock.Join(c.obj.Clock)
		r.serve(nil, false, c.obj.last)
	}
	for w := pop(&c.sendq); w != nil; w = pop(&c.sendq) {
		w.group.closed = true
		w.serve(nil, false, c.obj.last)
	}
}
