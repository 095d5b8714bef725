package eviction_test

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
)

// poster is a value that is large enough to have a memory block of its own.
type poster struct {
	cost int64
	_    [64]byte
}

// wall is what both caches are, for posters.
type wall interface {
	Get(k int) (*poster, bool)
	Put(k int, v *poster)
	Keys() []int
}

// wayOut is a way in which a value goes, and the posters that have gone.
type wayOut struct {
	how  string
	gone []weak.Pointer[poster]
}

func TestWhatIsGoneIsForgotten(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, name := range []string{"LRU", "LFU"} {
			now := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
			o := eviction.Options[int, *poster]{
				Capacity: 4, TTL: time.Minute, Now: func() time.Time { return now },
				MaxCost: 100, Cost: func(_ int, v *poster) int64 { return v.cost },
			}
			var w wall = eviction.NewLRU(o)
			if name == "LFU" {
				w = eviction.NewLFU(o)
			}
			passed := make(chan []wayOut)
			go func() { passed <- passThrough(w, &now) }() // a goroutine's stack is gone when it has ended
			ways := <-passed
			runtime.GC()
			for _, way := range ways {
				for _, p := range way.gone {
					require.True(t, p.Value() == nil, "an %s still refers to a value that %s", name, way.how)
				}
			}
			w.Keys() // w is in use until here
		}
	})
}

// passThrough lets posters go in every way that there is.
func passThrough(w wall, now *time.Time) []wayOut {
	put := func(k int, cost int64) weak.Pointer[poster] {
		p := &poster{cost: cost}
		w.Put(k, p)
		return weak.Make(p)
	}
	evicted, replaced := wayOut{how: "was evicted"}, wayOut{how: "was replaced"}
	expired, refused := wayOut{how: "has expired and was met"}, wayOut{how: "costs too much and was not stored"}
	for k := range 4 {
		expired.gone = append(expired.gone, put(k, 1))
	}
	*now = now.Add(time.Minute)
	for k := range 4 {
		w.Get(k)
	}
	for k := range 4 {
		replaced.gone = append(replaced.gone, put(k, 1))
		evicted.gone = append(evicted.gone, put(k, 1))
	}
	for k := 4; k < 8; k++ {
		evicted.gone = append(evicted.gone, put(k, 1))
	}
	refused.gone = append(refused.gone, put(8, 101))
	evicted.gone = append(evicted.gone, put(9, 1))
	put(10, 100) // everybody else has to go for it
	return []wayOut{evicted, replaced, expired, refused}
}
