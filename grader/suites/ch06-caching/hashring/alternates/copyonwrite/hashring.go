package hashring

import (
	"errors"
	"sort"
	"sync"
	"sync/atomic"
)

// Ring is an immutable circle behind a pointer. Readers follow the pointer and never wait; a change makes a new circle.
type Ring struct {
	points int
	hash   func(string) uint64

	change sync.Mutex // held by whoever makes a new circle
	now    atomic.Pointer[circle]
}

// circle is never changed.
type circle struct {
	weights map[string]int
	places  []uint64 // sorted
	nodes   []string // of each place
}

func (c *circle) Len() int { return len(c.places) }
func (c *circle) Less(i, j int) bool {
	return c.places[i] < c.places[j] || c.places[i] == c.places[j] && c.nodes[i] > c.nodes[j]
}
func (c *circle) Swap(i, j int) {
	c.places[i], c.places[j] = c.places[j], c.places[i]
	c.nodes[i], c.nodes[j] = c.nodes[j], c.nodes[i]
}

// New makes an empty circle.
func New(points int, hash func(string) uint64) *Ring {
	if points < 1 || hash == nil {
		panic(errors.New("hashring: New needs points and a hash"))
	}
	r := &Ring{points: points, hash: hash}
	r.now.Store(&circle{})
	return r
}

// Add is a change.
func (r *Ring) Add(node string, weight int) {
	if weight < 1 {
		panic(errors.New("hashring: a node needs a weight of at least 1"))
	}
	r.replace(func(weights map[string]int) { weights[node] = weight })
}

// Remove is a change.
func (r *Ring) Remove(node string) {
	r.replace(func(weights map[string]int) { delete(weights, node) })
}

// replace makes the circle of other weights from nothing. The places of a node are a chain: one hash, and then Mix again and again.
func (r *Ring) replace(change func(map[string]int)) {
	r.change.Lock()
	defer r.change.Unlock()
	next := &circle{weights: map[string]int{}}
	for node, weight := range r.now.Load().weights {
		next.weights[node] = weight
	}
	change(next.weights)
	for node, weight := range next.weights {
		place := r.hash(node)
		for range weight * r.points {
			next.places, next.nodes = append(next.places, place), append(next.nodes, node)
			place = Mix(place + 0x9e3779b97f4a7c15)
		}
	}
	sort.Sort(next)
	r.now.Store(next)
}

// last returns the index of the last place at or before the key's. Here keys belong to the point behind them.
func (r *Ring) last(c *circle, key string) int {
	h := r.hash(key)
	i := sort.Search(len(c.places), func(i int) bool { return c.places[i] > h })
	return (i + len(c.places) - 1) % len(c.places)
}

// Owner reads one circle.
func (r *Ring) Owner(key string) (string, bool) {
	c := r.now.Load()
	if len(c.places) == 0 {
		return "", false
	}
	return c.nodes[r.last(c, key)], true
}

// Owners walks backwards, once round the circle.
func (r *Ring) Owners(key string, n int) []string {
	c := r.now.Load()
	n = max(0, min(n, len(c.weights)))
	owners := make([]string, 0, n)
	seen := make(map[string]bool, n)
	for i := 0; len(owners) < n; i++ {
		node := c.nodes[(r.last(c, key)+len(c.nodes)-i)%len(c.nodes)]
		if !seen[node] {
			seen[node] = true
			owners = append(owners, node)
		}
	}
	return owners
}
