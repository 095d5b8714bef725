package hashring

import "scalelab/pkg/lab"

// Ring tells which node owns a key. Any number of goroutines may call its methods at the same time. Make one with New.
type Ring struct{}

// New returns a ring without nodes. A node of weight w gets w × points points. It panics with a message that contains "hashring" if points
// is below 1 or hash is nil.
func New(points int, hash func(string) uint64) *Ring {
	panic(lab.NotImplemented("hashring", "New"))
}

// Add brings in a node, or gives it another weight. It panics with a message that contains "hashring" if weight is below 1.
func (r *Ring) Add(node string, weight int) {
	panic(lab.NotImplemented("hashring", "Add"))
}

// Remove takes out a node, if it is there.
func (r *Ring) Remove(node string) {
	panic(lab.NotImplemented("hashring", "Remove"))
}

// Owner returns the node that owns the key and true, or "" and false if there is no node. It allocates no memory.
func (r *Ring) Owner(key string) (string, bool) {
	panic(lab.NotImplemented("hashring", "Owner"))
}

// Owners returns the first n nodes for the key, each once, beginning with its owner; all nodes if there are not more than n.
func (r *Ring) Owners(key string, n int) []string {
	panic(lab.NotImplemented("hashring", "Owners"))
}
