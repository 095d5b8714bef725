package messaging

import (
	"maps"
	"slices"
	"sync"
)

// Count counts how often each message was handled, by whatever name the check knows it. The zero value counts from nothing.
type Count struct {
	mu    sync.Mutex
	times map[string]int
}

// Add counts one more and returns how often it has come.
func (c *Count) Add(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil {
		c.times = map[string]int{}
	}
	c.times[name]++
	return c.times[name]
}

// All returns a copy of what was counted.
func (c *Count) All() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.times)
}

// Has says whether each of the names was counted at least once.
func (c *Count) Has(names []string) bool {
	times := c.All()
	return !slices.ContainsFunc(names, func(name string) bool { return times[name] == 0 })
}

// Once is what All returns if each of the names was counted exactly once.
func Once(names []string) map[string]int {
	times := map[string]int{}
	for _, name := range names {
		times[name] = 1
	}
	return times
}
