// Package atomic stands in for the standard library's sync/atomic in code under control.
//
// Every operation is a scheduling point. A load happens after the store whose value it finds; a plain store does not take over
// the order of earlier stores. An atomic access and a plain one to the same variable race.
package atomic

import (
	"fmt"

	"scalelab/pkg/interleave/sched"
)

// cell is the part that all atomic types share.
type cell struct{ obj sched.Object }

func (c *cell) begin(op string) *sched.Scheduler {
	s := sched.Current()
	if s != nil {
		c.obj.In(s, "atomic")
		s.Point(op, c.obj.Info(), nil)
	}
	return s
}

// loaded ends an operation that only read.
func loaded(s *sched.Scheduler, o *sched.Object, value any) {
	if s != nil {
		s.Acquired(o, show(s, value))
	}
}

// stored ends a plain store.
func stored(s *sched.Scheduler, o *sched.Object, value any) {
	if s != nil {
		s.Published(o, show(s, value))
	}
}

// modified ends an operation that read and wrote.
func modified(s *sched.Scheduler, o *sched.Object, value any) {
	if s != nil {
		s.Acquire(o.Clock)
		s.Published(o, show(s, value))
	}
}

// show is a value for a report.
func show(s *sched.Scheduler, value any) string {
	if !s.Tracing() {
		return ""
	}
	return fmt.Sprint(value)
}
