package throughcache_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/anishathalye/porcupine"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// write is a write with a fate.
type write struct {
	call call
	fate fate
}

var writes = []write{
	{put(day, 62), fate{done: true}},
	{remove(day), fate{done: true}},
	{put(day, 62), doneButNotTold},
	{remove(day), doneButNotTold},
}

func (w write) String() string {
	if w.fate.err != nil {
		return w.call.String() + " has returned an error, but the office has done it"
	}
	return w.call.String() + " has returned"
}

func TestNothingOlderAfterAWrite(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, w := range writes {
			explore(t, list{55, none}, func(s *scene) {
				s.office.fate = always(w.fate)
				s.starts("till", get(day))
				s.make(w.call)
				s.expect(get(day), s.office.look(day), "%v", w)
			})
		}
		explore(t, list{55, none}, func(s *scene) {
			s.starts("till", get(day))
			s.make(put(day, 62))
			s.make(remove(day))
			s.expect(get(day), failed(errNoPrice), "Put(day, 62) has returned, and then Delete(day)")
		})
	})
}

func TestSlowLoadNeverOverwrites(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, w := range writes {
			explore(t, list{55, none}, func(s *scene) {
				s.office.fate = always(w.fate)
				s.starts("till", get(day))
				s.make(w.call)
				s.busy.Wait()
				s.agrees(day, fmt.Sprintf("%v, and the till's load has ended", w))
			})
		}
		explore(t, list{55, none}, func(s *scene) { // the old load may end while a newer one runs
			s.office.fate = always(doneButNotTold)
			s.starts("till", get(day))
			s.make(put(day, 62))
			s.make(get(day))
			s.busy.Wait()
			s.agrees(day, "Put(day, 62) has returned an error, but the office has done it; then a new load ran, and the till's load has ended")
		})
		explore(t, list{55, none}, func(s *scene) { // two writes, the second of which forgets the first
			s.starts("till", get(day))
			s.make(put(day, 62))
			s.make(remove(day))
			s.busy.Wait()
			s.agrees(day, "Put(day, 62) has returned, then Delete(day), and the till's load has ended")
		})
	})
}

func TestCacheAndStoreAgree(t *testing.T) {
	check.Run(t, func(t *check.T) {
		each := []call{get(day), put(day, 62), remove(day)}
		for i, one := range each {
			for _, other := range each[i:] {
				if one == other && one.op == "Put" {
					other.francs = 65
				}
				oneMomentEach(t, nil, one, other)
				oneMomentEach(t, []call{get(day)}, one, other)
			}
		}
		oneMomentEach(t, nil, put(day, 62), put(day, 65), get(day))
		oneMomentEach(t, nil, put(day, 62), put(week, 300))
		exploreStrictly(t, list{55, none}, timeRunsForwards)
		exploreStrictly(t, list{55, none}, timeRunsForwardsForThree)
	})
}

// oneMomentEach lets tills make calls at the same time. Every call must have taken effect at one moment between its beginning and its
// end. If they are writes, a read afterwards gets what the office has. (What a read leaves behind is a rule of its own.)
func oneMomentEach(t *check.T, before []call, calls ...call) {
	t.Helper()
	exploreStrictly(t, list{55, 200}, func(s *scene) {
		for _, c := range before {
			s.make(c)
		}
		reads := false
		for i, c := range calls {
			s.starts(fmt.Sprintf("till %d", i+1), c)
			reads = reads || c.op == "Get"
		}
		s.busy.Wait()
		if !reads {
			s.agrees(day, "All tills have finished")
		}
		s.x.Linearizable(oneList)
	})
}

// timeRunsForwards lets a till read twice while the price rises twice. The first Put may overtake its first load, which may then see the
// price of the second one before the cache has it.
func timeRunsForwards(s *scene) {
	s.start("till 1", s.readsRisingPrices)
	s.starts("till 2", put(day, 62), put(day, 65))
}

// readsRisingPrices reads twice. Whatever the first read gets, the second one must not get less.
func (s *scene) readsRisingPrices() {
	first, second := s.make(get(day)), s.make(get(day))
	if second.price < first.price {
		s.x.Errorf("the price only rises, from 55 to 62 and then to 65; till 1 has got %v, and the read that it starts after that gets an older price: %v",
			first, second)
	}
}

// timeRunsForwardsForThree gives the overtaken load the time to see the price of the second Put, and lets another till read meanwhile. The
// load waits for nobody, so it does no more harm to a cache that lets others wait for it.
func timeRunsForwardsForThree(s *scene) {
	begun, saving := make(chan struct{}), make(chan struct{})
	s.x.Name(begun, "the beginning of the first load")
	s.x.Name(saving, "the beginning of Save(day, 65)")
	var written interleave.Note[bool]
	s.office.beforeLoad = func(nth int) {
		if nth == 1 {
			close(begun)
			for patience := 30; patience > 0 && !written.Get(); patience-- {
				runtime.Gosched()
			}
		}
	}
	s.office.fate = func(_ context.Context, nth int) fate {
		if nth == 2 {
			close(saving)
			runtime.Gosched()
		}
		return fate{done: true}
	}
	s.office.onWrite = func(_ string, nth int) {
		if nth == 2 {
			written.Set(true)
			for range 3 { // time for a load to read it and to end
				runtime.Gosched()
			}
		}
	}
	s.start("till 1", s.readsRisingPrices)
	<-begun
	s.make(put(day, 62))
	s.starts("till 2", put(day, 65))
	<-saving
	s.make(get(day))
}

// prices are what an office with two keys has written down.
type prices struct{ day, week string }

// oneList is an office without a cache, one call at a time. What the cache asks of the office is no concern of it, and a read that gets an
// error is none of the successful calls.
var oneList = porcupine.Model{
	Init: func() any { return prices{"55", "200"} },
	Step: func(state, input, output any) (bool, any) {
		c, ok := input.(call)
		if !ok {
			return true, state
		}
		p := state.(prices)
		price := &p.day
		if c.key == week {
			price = &p.week
		}
		switch c.op {
		case "Get":
			a := output.(answer)
			return a.err != nil || a.String() == *price, p
		case "Put":
			*price = fmt.Sprint(c.francs)
		default:
			*price = failed(errNoPrice).String()
		}
		return output.(answer).String() == done.String(), p
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v = %v", input, output) },
}
