package eviction_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch06-caching/eviction

func TestLRUThrowsOutWhatWasUsedLeastRecently(t *testing.T) {
	c := eviction.NewLRU(eviction.Options[string, int]{Capacity: 2})
	c.Put("bus", 1)
	c.Put("sledge", 2)
	_, ok := c.Get("bus")
	require.True(t, ok, "bus was put")

	c.Put("ski school", 3)
	require.Equal(t, []string{"bus", "ski school"}, c.Keys(), "sledge was used least recently and had to go")
	_, ok = c.Get("sledge")
	require.False(t, ok, "sledge had to go")
	require.Equal(t, eviction.Stats{Hits: 1, Misses: 1, Evictions: 1}, c.Stats(), "what was counted")
}

func TestLFUThrowsOutWhatWasUsedLeastFrequently(t *testing.T) {
	c := eviction.NewLFU(eviction.Options[string, int]{Capacity: 2})
	c.Put("bus", 1)
	c.Get("bus")
	c.Put("sledge", 2)
	c.Put("ski school", 3)
	require.Equal(t, []string{"ski school", "bus"}, c.Keys(), "sledge was used once, bus twice; ski school goes next")
}

func TestALargeNoteNeedsTheRoomOfSeveral(t *testing.T) {
	var gone []string
	c := eviction.NewLRU(eviction.Options[string, string]{
		Capacity: 10,
		MaxCost:  6,
		Cost:     func(_, v string) int64 { return int64(len(v)) },
		OnEvict:  func(k, _ string) { gone = append(gone, k) },
	})
	c.Put("a", "12")
	c.Put("b", "12")
	c.Put("c", "12")
	c.Put("d", "1234")
	require.Equal(t, []string{"c", "d"}, c.Keys(), "a and b had to go for d")
	require.Equal(t, []string{"a", "b"}, gone, "what OnEvict was told")
}

func TestAnOldNoteIsNotBelieved(t *testing.T) {
	now := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
	c := eviction.NewLFU(eviction.Options[string, int]{Capacity: 2, TTL: time.Minute, Now: func() time.Time { return now }})
	c.Put("bus", 1)
	now = now.Add(time.Minute - time.Nanosecond)
	_, ok := c.Get("bus")
	require.True(t, ok, "a nanosecond before its end")
	now = now.Add(time.Nanosecond)
	_, ok = c.Get("bus")
	require.False(t, ok, "after a minute it has expired")
	require.Equal(t, int64(1), c.Stats().Expirations, "one entry has expired and was met")
}

func TestManyMayUseIt(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		c := eviction.NewLRU(eviction.Options[string, int]{Capacity: 1})
		var desks sync.WaitGroup
		for _, k := range []string{"a", "b"} {
			desks.Go(func() { c.Put(k, 1) })
		}
		desks.Wait()
		require.Len(x, c.Keys(), 1, "there is room for one")
	})
}
