package hashring

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
)

// Ring has no ring at all. Every node has a number for every key, and the node with the highest number owns the key: rendezvous
// hashing, also called highest random weight.
type Ring struct {
	hash func(string) uint64

	mu    sync.RWMutex
	nodes map[string]node
}

type node struct {
	name   string
	hash   uint64
	weight float64
}

// New needs no points.
func New(points int, hash func(string) uint64) *Ring {
	if points < 1 || hash == nil {
		panic("hashring: New needs points and a hash")
	}
	return &Ring{hash: hash, nodes: map[string]node{}}
}

// Add stores the node with its weight.
func (r *Ring) Add(name string, weight int) {
	if weight < 1 {
		panic("hashring: a node needs a weight of at least 1")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes[name] = node{name, r.hash(name), float64(weight)}
}

// Remove forgets the node.
func (r *Ring) Remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.nodes, name)
}

// score is what a node bids for a key. The logarithm makes the chance to win proportional to the weight.
func (n node) score(key uint64) float64 {
	u := (float64(Mix(key^n.hash)>>12) + 0.5) / (1 << 52) // above 0 and below 1
	return -n.weight / math.Log(u)
}

// compare is below 0 if n comes before other in the list for a key.
func (n node) compare(other node, key uint64) int {
	return cmp.Or(cmp.Compare(other.score(key), n.score(key)), cmp.Compare(n.name, other.name))
}

// Owner asks every node.
func (r *Ring) Owner(key string) (string, bool) {
	h := r.hash(key)
	r.mu.RLock()
	defer r.mu.RUnlock()
	best, most := "", -1.0
	for _, n := range r.nodes {
		if score := n.score(h); score > most || score == most && n.name < best {
			best, most = n.name, score
		}
	}
	return best, len(r.nodes) > 0
}

// Owners sorts all nodes by what they bid.
func (r *Ring) Owners(key string, n int) []string {
	h := r.hash(key)
	r.mu.RLock()
	all := slices.Collect(maps.Values(r.nodes))
	r.mu.RUnlock()
	slices.SortFunc(all, func(a, b node) int { return a.compare(b, h) })
	var names []string
	for _, n := range all[:max(0, min(n, len(all)))] {
		names = append(names, n.name)
	}
	return names
}
