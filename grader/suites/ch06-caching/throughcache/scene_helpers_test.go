package throughcache_test

import (
	"context"
	"fmt"
	"sync"

	"scalelab/labs/ch06-caching/throughcache"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options bound the explorations. One check alone judges what a cache leaves behind, and one a data race that does no harm. Few random
// walks are enough, because the scenes are so small that the executions with up to two pre-emptions follow.
var options = interleave.Options{Leftovers: true, Races: true, Random: 100}

// scene is one cache in one execution, and those who use it.
type scene struct {
	x      *interleave.Run
	office *office
	c      *throughcache.Cache
	busy   sync.WaitGroup
	calls  interleave.Note[int]
}

// explore plays a scene in many orders, with a new cache and an office that has these prices. Whoever was started is waited for at the end.
func explore(t *check.T, prices list, play func(s *scene)) {
	t.Helper()
	exploreWith(t, options, prices, play)
}

// exploreStrictly is explore, but a data race is a failure whatever comes of it.
func exploreStrictly(t *check.T, prices list, play func(s *scene)) {
	t.Helper()
	strict := options
	strict.Races = false
	exploreWith(t, strict, prices, play)
}

func exploreWith(t *check.T, o interleave.Options, prices list, play func(s *scene)) {
	t.Helper()
	interleave.Explore(t, o, func(x *interleave.Run) {
		s := &scene{x: x, office: &office{x: x}}
		s.office.prices.Set(prices)
		s.c = throughcache.New(s.office, throughcache.Options{})
		x.Name(&s.busy, "the others")
		play(s)
		s.busy.Wait()
	})
}

// start lets somebody act at the same time as everybody else.
func (s *scene) start(name string, act func()) {
	s.busy.Add(1)
	s.x.Go(name, func() {
		defer s.busy.Done()
		act()
	})
}

// starts lets somebody make calls, one after the other, at the same time as everybody else.
func (s *scene) starts(name string, calls ...call) {
	s.start(name, func() {
		for _, c := range calls {
			s.make(c)
		}
	})
}

// call is a call of a method: what somebody asks of the cache.
type call struct {
	op, key string
	francs  int
}

func get(key string) call             { return call{"Get", key, 0} }
func put(key string, francs int) call { return call{"Put", key, francs} }
func remove(key string) call          { return call{"Delete", key, 0} }

func (c call) String() string {
	if c.op == "Put" {
		return fmt.Sprintf("Put(%s, %d)", c.key, c.francs)
	}
	return fmt.Sprintf("%s(%s)", c.op, c.key)
}

// make makes a call and records it.
func (s *scene) make(c call) answer { return s.makeWith(context.Background(), c) }

func (s *scene) makeWith(ctx context.Context, c call) answer {
	return interleave.Call(s.x, next(&s.calls), c, func() answer { return c.on(ctx, s.c) })
}

// on makes the call and catches its panic, if it is one that the office has begun.
func (c call) on(ctx context.Context, cache *throughcache.Cache) (a answer) {
	defer func() {
		if p := recover(); p == panicOfLoad {
			a = answer{panic: p}
		} else if p != nil {
			panic(p)
		}
	}()
	switch c.op {
	case "Get":
		price, err := cache.Get(ctx, c.key)
		return answer{price: price, err: err}
	case "Put":
		return answer{none: true, err: cache.Put(ctx, c.key, c.francs)}
	}
	return answer{none: true, err: cache.Delete(ctx, c.key)}
}

// panicOfLoad is what Load panics with.
var panicOfLoad any = "the line is cut"

// expect makes a call, which must return what the rule says.
func (s *scene) expect(c call, want answer, story string, args ...any) {
	got := s.make(c)
	s.same(want.String(), got.String(), fmt.Sprintf(story, args...)+"; now "+c.String())
}

// same says what must have come and what came instead, on few lines, because the picture shows the rest.
func (s *scene) same(want, got, what string) {
	if want != got {
		s.x.Errorf("%s\nmust be   %s\nbut it is %s", what, want, got)
	}
}

// agrees reads a key when nobody uses it: the answer must be what the office has written down.
func (s *scene) agrees(key, story string) {
	s.expect(get(key), s.office.look(key), "%s; the office has the price %v written down", story, s.office.look(key))
}
