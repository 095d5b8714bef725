package eviction_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestOnEvictIsToldOutsideTheLock(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(3, 6, 5), steps: steps(4, 7, 5, "Put", "Get", "wait"), updates: true, told: true})
			scene(t, p, kind{updates: true, told: true}, limits{2, 5, 1}, metAndTooDear...)
		}
		for _, p := range both {
			for _, c := range []call{{op: "Get", k: "b"}, {op: "Put", k: "c", v: "c1"}, {op: "Keys"}, {op: "Stats"}} {
				interleave.Explore(t, options, func(x *interleave.Run) { usesTheCache(x, p, c) })
				interleave.Explore(t, options, func(x *interleave.Run) { waitsForAnother(x, p, c) })
			}
			interleave.Explore(t, options, func(x *interleave.Run) { expiryIsToldOutsideTheLock(x, p) })
		}
	})
}

// metAndTooDear is a Put that meets an expired entry, and whose own value costs too much.
var metAndTooDear = []step{put("a", 1), wait(2), put("a", 9)}

// usesTheCache lets OnEvict itself make a call.
func usesTheCache(x *interleave.Run, p policy, c call) {
	var cache cache
	told := 0
	cache = p.make(eviction.Options[string, page]{Capacity: 1, OnEvict: func(k string, _ page) {
		if told++; k == "a" {
			interleave.Call(x, 1, inOnEvict{c}, func() string { return c.makeOf(cache) })
		}
	}})
	for _, put := range []call{{"Put", "a", "a1"}, {"Put", "b", "b1"}} {
		interleave.Call(x, 0, put, func() string { return put.makeOf(cache) })
	}
	want := 1
	if c.op == "Put" {
		want = 2 // b had to go for c
	}
	require.Equal(x, want, told, "Capacity is 1, Put(a), Put(b), and OnEvict for a calls %s; how often OnEvict was called when Put(b) returned", c)
}

// inOnEvict is a call that OnEvict makes.
type inOnEvict struct{ call }

func (c inOnEvict) String() string { return c.call.String() + " in OnEvict" }

// waitsForAnother lets OnEvict wait until another goroutine's call has returned.
func waitsForAnother(x *interleave.Run, p policy, c call) {
	evicted, over := make(chan struct{}), make(chan struct{})
	x.Name(evicted, "the call of OnEvict")
	x.Name(over, "the end of "+c.String())
	cache := p.make(eviction.Options[string, page]{Capacity: 1, OnEvict: func(k string, _ page) {
		if k == "a" {
			close(evicted)
			<-over
		}
	}})
	x.Go("another", func() {
		<-evicted
		interleave.Call(x, 1, c, func() string { return c.makeOf(cache) })
		close(over)
	})
	for _, put := range []call{{"Put", "a", "a1"}, {"Put", "b", "b1"}} {
		interleave.Call(x, 0, put, func() string { return put.makeOf(cache) })
	}
}

// expiryIsToldOutsideTheLock lets OnEvict make calls of its own for an entry that has expired, which a Get meets and then a Put.
func expiryIsToldOutsideTheLock(x *interleave.Run, p policy) {
	var cache cache
	now := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
	var told []string
	cache = p.make(eviction.Options[string, page]{
		Capacity: 1, TTL: time.Minute, Now: func() time.Time { return now },
		OnEvict: func(_ string, v page) {
			told = append(told, v.text)
			cache.Keys()
			cache.Get("nothing")
		},
	})
	cache.Put("a", page{text: "a1"})
	now = now.Add(2 * time.Minute)
	cache.Get("a")
	require.Equal(x, []string{"a1"}, told, "TTL is a minute, Put(a, a1), two minutes go by, Get(a); what OnEvict was told when Get(a) returned")
	cache.Put("a", page{text: "a2"})
	now = now.Add(2 * time.Minute)
	cache.Put("a", page{text: "a3"})
	require.Equal(x, []string{"a1", "a2"}, told, "then Put(a, a2), two minutes go by, Put(a, a3); what OnEvict was told when Put(a, a3) returned")
}
