package throughcache_test

import (
	"context"
	"fmt"
	"testing"

	"scalelab/pkg/check"
)

// always lets every write have the same fate.
func always(f fate) func(context.Context, int) fate {
	return func(context.Context, int) fate { return f }
}

func TestTheStoreComesFirst(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, kept := range []bool{true, false} {
			for _, f := range []fate{{done: true}, notDone} {
				explore(t, list{55, none}, func(s *scene) { s.readsDuringPut(kept, f) })
			}
		}
	})
}

// readsDuringPut lets a till read while a price is put. If it gets the new price, the office must have it by then.
func (s *scene) readsDuringPut(kept bool, f fate) {
	s.office.fate = always(f)
	if kept {
		s.make(get(day))
	}
	s.start("till", func() {
		a := s.make(get(day)).String()
		if has := s.office.look(day).String(); a != "55" && a != has {
			s.x.Errorf("the till gets %v while the office still has the price %v", a, has)
		}
	})
	s.make(put(day, 62))
}

func TestFailedWriteForgetsTheKey(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, before := range [][]call{nil, {get(day)}, {put(day, 60)}} {
			for _, write := range []call{put(day, 62), remove(day)} {
				for _, f := range []fate{notDone, doneButNotTold} {
					explore(t, list{55, none}, func(s *scene) { s.failing(before, write, f) })
				}
			}
		}
		for _, stored := range []bool{true, false} {
			explore(t, list{55, none}, func(s *scene) { s.cancelledWrite(stored) })
		}
	})
}

// failing makes a write that fails. Then the key is not kept, so the next read gets what the office has, whatever that is.
func (s *scene) failing(before []call, write call, f fate) {
	for _, c := range before {
		s.make(c)
	}
	s.office.fate = always(f)
	s.expect(write, failed(errLine), "The office returns an error")
	story := fmt.Sprintf("%v has failed, but the office has done it all the same", write)
	if !f.done {
		story = fmt.Sprintf("%v has failed, and the office has not done it", write)
	}
	s.readsAnew(story)
}

// readsAnew reads a key that must not be kept, and then once more.
func (s *scene) readsAnew(story string) {
	loads := s.office.loads.Get()
	s.agrees(day, story)
	s.same(fmt.Sprint(loads+1), fmt.Sprint(s.office.loads.Get()), story+", so the next Get asks it; the number of loads")
}

// cancelledWrite cancels a write while the office works. The office notices, and returns the context's error.
func (s *scene) cancelledWrite(stored bool) {
	s.make(get(day))
	ctx, cancel := context.WithCancel(context.Background())
	inside := make(chan struct{})
	s.x.Name(inside, "the beginning of Save")
	s.office.fate = func(ctx context.Context, _ int) fate {
		close(inside)
		<-ctx.Done()
		return fate{stored, ctx.Err()}
	}
	s.start("impatience", func() {
		<-inside
		cancel()
	})
	got := s.makeWith(ctx, put(day, 62))
	s.same(failed(context.Canceled).String(), got.String(), "The context of a Put was cancelled, and Save has returned its error; what Put returns")
	s.readsAnew(fmt.Sprintf("The context of Put(day, 62) was cancelled during Save, and the price was stored: %t", stored))
}
