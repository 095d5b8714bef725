package eviction_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
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

// hanging is a poster, and what has become of it.
type hanging struct {
	poster     weak.Pointer[poster]
	key, nth   int
	came, went string // the calls; went is "" as long as it hangs
	how        string // it went
}

func (h hanging) String() string { return fmt.Sprintf("poster %d", h.nth) }

func TestWhatIsGoneIsForgotten(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, name := range []string{"LRU", "LFU"} {
			now := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
			o := eviction.Options[int, *poster]{
				Capacity: 4, TTL: time.Minute, Now: func() time.Time { return now },
				MaxCost: 100, Cost: func(_ int, v *poster) int64 { return v.cost },
			}
			c := &corridor{wall: eviction.NewLRU(o), now: &now}
			if name == "LFU" {
				c.wall = eviction.NewLFU(o)
			}
			over := make(chan struct{})
			go func() { // a goroutine's stack is gone when it has ended
				defer close(over)
				c.passThrough()
			}()
			<-over
			runtime.GC()
			for _, h := range c.all {
				if h.went != "" && h.poster.Value() != nil {
					h.show(t, name)
				}
				require.True(t, h.went == "" || h.poster.Value() == nil,
					"an %s still refers to a value that %s: %v, which came by %s and went by %s", name, h.how, h, h.came, h.went)
			}
			c.wall.Keys() // it is in use until here
		}
	})
}

// corridor is a wall on which posters are hung and seen to go. It goes by the wall's own Keys: who goes is the affair of other checks.
type corridor struct {
	wall wall
	now  *time.Time
	all  []hanging
}

// passThrough lets posters go in every way that there is.
func (c *corridor) passThrough() {
	for k := range 4 {
		c.put(k, 1)
	}
	*c.now = c.now.Add(time.Minute)
	for k := range 4 {
		c.wall.Get(k)
		c.see(fmt.Sprintf("Get(%d), a minute later", k), "has expired and was met")
	}
	for k := range 4 {
		c.put(k, 1)
		c.put(k, 1)
	}
	for k := 4; k < 8; k++ {
		c.put(k, 1)
	}
	c.put(8, 101)
	c.put(9, 1)
	c.put(10, 100) // everybody else has to go for it
}

func (c *corridor) put(k int, cost int64) {
	p := &poster{cost: cost}
	h := hanging{poster: weak.Make(p), key: k, nth: len(c.all) + 1}
	h.came = fmt.Sprintf("Put(%d, %v)", k, h)
	if cost > 1 {
		h.came += fmt.Sprintf(" with cost %d", cost)
	}
	c.wall.Put(k, p)
	if i := c.under(k); i >= 0 {
		c.all[i].went, c.all[i].how = h.came, "was replaced"
	}
	c.all = append(c.all, h)
	if !slices.Contains(c.wall.Keys(), k) {
		c.all[h.nth-1].went, c.all[h.nth-1].how = "the same call", "costs too much and was not stored"
	}
	c.see(h.came, "was evicted")
}

// under is the place of the poster that hangs under a key, or -1.
func (c *corridor) under(k int) int {
	return slices.IndexFunc(c.all, func(h hanging) bool { return h.went == "" && h.key == k })
}

// see finds out whose keys are not there any more after a call.
func (c *corridor) see(call, how string) {
	keys := c.wall.Keys()
	for i := range c.all {
		if h := &c.all[i]; h.went == "" && !slices.Contains(keys, h.key) {
			h.went, h.how = call, how
		}
	}
}

// show draws the life of a poster.
func (h hanging) show(t *check.T, name string) {
	t.Helper()
	r := spacetime.NewRecorder("A value that is gone is kept", "calls", "your "+name)
	tell := func(call, what string, last bool) {
		from := r.Step("calls", spacetime.Step{Text: call})
		r.Diagram.AddArrow(from, r.Step("your "+name, spacetime.Step{Text: what, Highlight: last}))
	}
	if h.went == "the same call" {
		tell(h.came, h.how, false)
	} else {
		tell(h.came, fmt.Sprintf("stores %v", h), false)
		tell(h.went, fmt.Sprintf("%v %s", h, h.how), false)
	}
	tell("runtime.GC()", fmt.Sprintf("still refers to %v", h), true)
	r.Diagram.AddFact("expected", fmt.Sprintf("nothing of the cache refers to %v, and it is freed", h))
	r.Diagram.AddFact("actual", fmt.Sprintf("something of the cache refers to %v, and it is not freed", h))
	check.Show(t, check.Evidence{Kind: "values", Title: "A value that is gone is kept", Text: r.Diagram.Text(), SVG: r.Diagram.SVG()})
}
