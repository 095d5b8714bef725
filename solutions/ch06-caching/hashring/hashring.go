package hashring

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
)

// Ring tells which node owns a key. Any number of goroutines may call its methods at the same time. Make one with New.
type Ring struct {
	perWeight int
	hash      func(string) uint64

	mu     sync.RWMutex
	points []point // in the order of the circle; guarded by mu
}

// point is a place on the circle. The keys that lie between the point before it and this one belong to its node.
type point struct {
	at   uint64
	node string
}

// compare orders points by place. That nodes which share a place have an order too makes it the same for everybody.
func compare(p, q point) int {
	return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.node, q.node))
}

// New returns a ring without nodes. It panics with a message that contains "hashring" if points is below 1 or hash is nil.
func New(points int, hash func(string) uint64) *Ring {
	if points < 1 {
		panic("hashring: a node needs at least one point")
	}
	if hash == nil {
		panic("hashring: New without a hash")
	}
	return &Ring{perWeight: points, hash: hash}
}

// Add brings in a node, or gives it another weight. It panics with a message that contains "hashring" if weight is below 1.
func (r *Ring) Add(node string, weight int) {
	if weight < 1 {
		panic("hashring: a node needs a weight of at least 1")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.removePoints(node)
	for i := range r.perWeight * weight {
		r.points = append(r.points, point{r.hash(node + ":" + strconv.Itoa(i)), node})
	}
	slices.SortFunc(r.points, compare)
}

// Remove takes out a node, if it is there.
func (r *Ring) Remove(node string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.removePoints(node)
}

func (r *Ring) removePoints(node string) {
	r.points = slices.DeleteFunc(r.points, func(p point) bool { return p.node == node })
}

// Owner returns the node that owns the key and true, or "" and false if there is no node. It allocates no memory.
func (r *Ring) Owner(key string) (string, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.points) == 0 {
		return "", false
	}
	return r.points[r.first(key)].node, true
}

// Owners returns the first n nodes for the key, each once, beginning with its owner; all nodes if there are not more than n.
func (r *Ring) Owners(key string, n int) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.points) == 0 {
		return nil
	}
	var nodes []string
	first := r.first(key)
	for i := 0; i < len(r.points) && len(nodes) < n; i++ {
		if node := r.points[(first+i)%len(r.points)].node; !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// first returns the index of the first point at or after the place of the key. After the last point comes the first one: it is a circle.
func (r *Ring) first(key string) int {
	h := r.hash(key)
	i, _ := slices.BinarySearchFunc(r.points, h, func(p point, h uint64) int { return cmp.Compare(p.at, h) })
	return i % len(r.points)
}
