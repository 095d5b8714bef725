package sync

import "scalelab/pkg/interleave/sched"

// Pool keeps items for reuse. Whether Get finds one that is there is explored: a Pool may drop what it holds at any time.
type Pool struct {
	New func() any

	obj   sched.Object
	items []any
}

// Put adds x to the pool.
func (p *Pool) Put(x any) {
	if x == nil {
		return
	}
	if s := p.op("put"); s != nil {
		s.Released(&p.obj, "")
	}
	p.items = append(p.items, x)
}

// Get takes an item from the pool, or makes one with New.
func (p *Pool) Get() any {
	s := p.op("get")
	n := len(p.items)
	found := n > 0 && (s == nil || s.Choose(2) == 0)
	if !found {
		if s != nil {
			s.Did("empty")
		}
		if p.New == nil {
			return nil
		}
		return p.New()
	}
	x := p.items[n-1]
	p.items = p.items[:n-1]
	if s != nil {
		s.Acquired(&p.obj, "")
	}
	return x
}

func (p *Pool) op(name string) *sched.Scheduler {
	s := enter()
	if s == nil {
		return nil
	}
	if p.obj.In(s, "pool") {
		p.items = nil
	}
	s.Point(name, p.obj.Info(), nil)
	return s
}
