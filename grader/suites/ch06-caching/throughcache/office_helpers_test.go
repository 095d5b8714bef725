package throughcache_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"scalelab/labs/ch06-caching/throughcache"
	"scalelab/pkg/interleave"
)

// The keys of all scenes.
const (
	day  = "day"
	week = "week"
)

var (
	errNoPrice = errors.New("office: there is no such price")
	errLine    = errors.New("office: the line is bad")
	errPanic   = errors.New("office: Load panics") // what onLoad returns to let it
)

// answer is what a call returned.
type answer struct {
	price int
	err   error
	none  bool // the call has no price to return
	panic any  // what it panicked with
}

func priced(francs int) answer { return answer{price: francs} }
func failed(err error) answer  { return answer{err: err} }

var done = answer{none: true}

func (a answer) String() string {
	if a.panic != nil {
		return fmt.Sprintf("panic: %v", a.panic)
	}
	for _, known := range []struct {
		err  error
		name string
	}{
		{errNoPrice, "error: no such price"},
		{errLine, "error: the line is bad"},
		{throughcache.ErrLoad, "ErrLoad"},
		{context.Canceled, "context.Canceled"},
		{context.DeadlineExceeded, "context.DeadlineExceeded"},
	} {
		if errors.Is(a.err, known.err) {
			return known.name
		}
	}
	switch {
	case a.err != nil:
		return "another error"
	case a.none:
		return "nil"
	}
	return fmt.Sprint(a.price)
}

// list is what the office has written down for a day and for a week. It is a value, not a map, so that a note of it is never a data race.
type list [2]int

const none = -1

func (l *list) at(key string) *int {
	if key == day {
		return &l[0]
	}
	return &l[1]
}

// office is the store of the explored scenes. All that it knows lies in notes, so it orders nothing that the cache forgot to order. Others
// may be faster before and after each look at the list.
type office struct {
	x      *interleave.Run
	prices interleave.Note[list]
	loads  interleave.Note[int] // that have begun
	writes interleave.Note[int]
	visits interleave.Note[int]

	most  int    // as many loads are enough; 0 means any number
	story string // that says why

	// What a scene lets happen. Each may be nil, and gets the number of the call, counted from 1.
	beforeLoad func(nth int)                           // before the price is read
	onLoad     func(key string, nth int) error         // after the price was read, before it is told
	fate       func(ctx context.Context, nth int) fate // of a write
	onWrite    func(key string, nth int)               // after it was done, before that is told
}

// fate is what becomes of a write: whether it is done, and what its caller is told.
type fate struct {
	done bool
	err  error
}

var (
	doneButNotTold = fate{true, errLine}
	notDone        = fate{false, errLine}
)

// visit is how a call of the office is shown.
type visit string

func (o *office) visit(what string, do func() answer) answer {
	return interleave.Call(o.x, 1000+next(&o.visits), visit("office: "+what), do)
}

// next counts one more.
func next(n *interleave.Note[int]) int {
	n.Update(func(n int) int { return n + 1 })
	return n.Get()
}

// look is what the office has written down under key.
func (o *office) look(key string) answer {
	l := o.prices.Get()
	if francs := *l.at(key); francs != none {
		return priced(francs)
	}
	return failed(errNoPrice)
}

func (o *office) Load(_ context.Context, key string) (int, error) {
	nth := next(&o.loads)
	a := o.visit(fmt.Sprintf("Load(%s)", key), func() answer {
		if o.most > 0 && nth > o.most {
			o.x.Errorf("%s; the office is asked for the %s time, %d would have been enough", o.story, ordinal(nth), o.most)
		}
		runtime.Gosched()
		if o.beforeLoad != nil {
			o.beforeLoad(nth)
		}
		a := o.look(key)
		runtime.Gosched()
		if o.onLoad != nil {
			switch err := o.onLoad(key, nth); {
			case err == errPanic:
				return answer{panic: panicOfLoad}
			case err != nil:
				return failed(err)
			}
		}
		return a
	})
	if a.panic != nil {
		panic(a.panic)
	}
	return a.price, a.err
}

func (o *office) Save(ctx context.Context, key string, francs int) error {
	return o.write(ctx, key, fmt.Sprintf("Save(%s, %d)", key, francs), francs)
}

func (o *office) Delete(ctx context.Context, key string) error {
	return o.write(ctx, key, fmt.Sprintf("Delete(%s)", key), none)
}

func (o *office) write(ctx context.Context, key, what string, francs int) error {
	nth := next(&o.writes)
	return o.visit(what, func() answer {
		runtime.Gosched()
		f := fate{done: true}
		if o.fate != nil {
			f = o.fate(ctx, nth)
		}
		if f.done {
			o.prices.Update(func(l list) list { *l.at(key) = francs; return l })
		}
		runtime.Gosched()
		if o.onWrite != nil {
			o.onWrite(key, nth)
		}
		return answer{err: f.err, none: true}
	}).err
}
