package context

import (
	"context"
	"fmt"
	"slices"

	"scalelab/pkg/interleave/det/time"
	"scalelab/pkg/interleave/sched"
)

// own is the key under which one of our contexts finds itself.
var own int

// child is what ends when a context ends.
type child interface{ end(err, cause error) }

// cancellable is a context that can be ended.
type cancellable struct {
	obj      sched.Object
	parent   Context
	name     string
	done     chan struct{}
	err      error
	cause    error
	children []child
	above    *cancellable // the context that has this one among its children
	deadline time.Time
	timed    bool
	timer    *time.Timer
}

func bare(parent Context, name string) *cancellable {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	return &cancellable{parent: parent, name: name}
}

func newContext(parent Context, name string) *cancellable {
	c := bare(parent, name)
	c.done = sched.Made(make(chan struct{}))
	c.follow(parent, c)
	return c
}

// follow arranges for self to end when parent does.
func (c *cancellable) follow(parent Context, self child) {
	done := parent.Done()
	if done == nil {
		return
	}
	if p, ok := parent.Value(&own).(*cancellable); ok && p.done == done {
		if p.err != nil {
			self.end(p.err, p.cause)
			return
		}
		p.children = append(p.children, self)
		c.above = p
		return
	}
	if err := parent.Err(); err != nil {
		self.end(err, context.Cause(parent))
		return
	}
	if !sched.Known(done) {
		return // a context of the test itself: it ends only after the execution
	}
	stop := c.done
	if stop == nil {
		stop = sched.Made(make(chan struct{}))
	}
	sched.Go(nil, func() {
		up, over := sched.From(done).Case(nil), sched.From(stop).Case(nil)
		if sched.Select(nil, false, up.C(), over.C()) == 0 {
			self.end(parent.Err(), Cause(parent))
		}
	})
}

// leave takes self from its parent's children.
func (c *cancellable) leave(self child) {
	if c.above != nil {
		c.above.children = slices.DeleteFunc(c.above.children, func(o child) bool { return o == self })
		c.above = nil
	}
}

func (c *cancellable) begin(op string) *sched.Scheduler {
	s := sched.Current()
	if s != nil {
		c.obj.In(s, "context")
		s.Point(op, c.obj.Info(), nil)
	}
	return s
}

// cancel ends c and what hangs on it.
func (c *cancellable) cancel(err, cause error) {
	c.end(err, cause)
	c.leave(c)
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// end ends c in one step, and then its children one by one: others may see some of them ended and some not.
func (c *cancellable) end(err, cause error) {
	s := c.begin("cancel")
	if c.err != nil {
		if s != nil {
			s.Did("already done")
		}
		return
	}
	if cause == nil {
		cause = err
	}
	c.err, c.cause = err, cause
	if s != nil {
		s.Released(&c.obj, "")
	}
	sched.CloseNow(c.done, c.obj.Last())
	children := c.children
	c.children = nil
	for len(children) > 0 {
		i := 0
		if s != nil {
			i = s.ChooseNext(len(children))
		}
		next := children[i]
		children = slices.Delete(children, i, i+1)
		next.end(err, cause)
	}
}

func (c *cancellable) Deadline() (time.Time, bool) {
	if c.timed {
		return c.deadline, true
	}
	return c.parent.Deadline()
}

func (c *cancellable) Done() <-chan struct{} { return c.done }

func (c *cancellable) Err() error {
	if s := c.begin("err"); s != nil {
		s.Acquired(&c.obj, "")
	}
	return c.err
}

func (c *cancellable) Value(key any) any {
	if key == &own {
		return c
	}
	return c.parent.Value(key)
}

func (c *cancellable) String() string { return fmt.Sprintf("%v.%s", c.parent, c.name) }
