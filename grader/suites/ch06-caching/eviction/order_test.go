package eviction_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
)

func TestLRUEvictsTheLeastRecentlyUsed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		sequences(t, lru, kind{limits: anyLimits(4, 0, 0), steps: steps(6, 0, 0, "Put", "Get"), ordered: true})
	})
}

func TestLFUEvictsTheLeastFrequentlyUsed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		sequences(t, lfu, kind{limits: anyLimits(4, 0, 0), steps: steps(6, 0, 0, "Put", "Get"), ordered: true})

		// What has expired begins anew, whoever meets it. By then it has expired by any reading of the TTL.
		back := []step{put("a", 0), put("b", 0), get("b")}
		again := kind{updates: true, ordered: true}
		scene(t, lfu, again, limits{3, 0, 1}, slices.Concat([]step{put("a", 0), get("a"), get("a"), wait(3)}, back)...)
		scene(t, lfu, again, limits{3, 0, 1}, slices.Concat([]step{put("a", 0), get("a"), get("a"), wait(3), get("a")}, back)...)
	})
}

func TestAnUpdateIsAUse(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(3, 0, 0), steps: steps(4, 0, 0, "Put"), updates: true, ordered: true})
			sequences(t, p, kind{limits: anyLimits(3, 0, 0), steps: steps(4, 0, 0, "Put", "Get"), updates: true})
		}
	})
}

func TestCostsStayWithinBounds(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(4, 8, 0), steps: steps(5, 10, 0, "Put", "Get"), updates: true})
			scene(t, p, kind{updates: true, needless: "Cost"}, limits{2, 0, 0}, put("a", 3), put("b", 5), get("a"), put("c", 9))
		}
	})
}

func TestExpiredIsNeverReturned(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(3, 0, 5), steps: steps(4, 0, 5, "Put", "Get", "wait"), updates: true})
			scene(t, p, kind{updates: true, needless: "Now"}, limits{2, 0, 0}, put("a", 0), get("a"), wait(3), get("a"))
			livesToTheNanosecond(t, p)
		}
	})
}

// livesToTheNanosecond looks for an entry just before its time is over, and then when it is.
func livesToTheNanosecond(t *check.T, p policy) {
	t.Helper()
	const ttl = 1500 * time.Millisecond
	early, late := true, false
	alone(t, 1000, func() {
		now := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
		c := p.make(eviction.Options[string, page]{Capacity: 1, TTL: ttl, Now: func() time.Time { return now }})
		c.Put("a", page{text: "a1"})
		now = now.Add(ttl - 1)
		_, early = c.Get("a")
		now = now.Add(1)
		_, late = c.Get("a")
	})
	require.True(t, early, "an %s with a TTL of %v: a Get one nanosecond before the TTL is over must find the entry", p.name, ttl)
	require.False(t, late, "an %s with a TTL of %v: a Get when the TTL is over must not find the entry", p.name, ttl)
}
