package hashring_test

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/hashring"
	"scalelab/pkg/check"
)

// trees are the names of the nodes. Their initials stand in the pictures.
var trees = []string{"alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel", "ivy", "juniper"}

// ringOf returns a ring with these nodes, of weight 1 and with 160 points each.
func ringOf(nodes ...string) *hashring.Ring {
	r := hashring.New(160, hashring.Hash)
	for _, node := range nodes {
		r.Add(node, 1)
	}
	return r
}

// allKeys is made when it is needed.
var allKeys []string

// keys are all keys that are dealt out.
func keys() []string {
	if allKeys == nil {
		allKeys = make([]string, 100_000)
		for i := range allKeys {
			allKeys[i] = fmt.Sprint("skier-", i)
		}
	}
	return allKeys
}

// owners returns the owner of every key, in the order of keys. It is "" for a key without an owner.
func owners(r *hashring.Ring) []string {
	all := make([]string, len(keys()))
	for i, key := range keys() {
		if owner, ok := r.Owner(key); ok {
			all[i] = owner
		}
	}
	return all
}

// comparison is the owners of all keys at two times, or of two rings. The first ones may be missing.
type comparison struct {
	title  string
	hash   func(string) uint64
	labels [2]string
	owners [2][]string
	right  func(before, after string) bool

	notes map[string]string // what the picture says about a node
	bad   map[string]bool   // nodes about which this is wrong
}

func equal(before, after string) bool { return before == after }

func anything(string, string) bool { return true }

// first returns the first owner of key i, or nothing if there are none.
func (c comparison) first(i int) string {
	if c.owners[0] == nil {
		return ""
	}
	return c.owners[0][i]
}

func (c comparison) wrong(i int) bool { return !c.right(c.first(i), c.owners[1][i]) }

// judge demands that all keys are right, and draws those that are not.
func (c comparison) judge(t *check.T, rule string) {
	t.Helper()
	wrong, example := 0, 0
	for i := range c.owners[1] {
		if c.wrong(i) {
			if wrong == 0 {
				example = i
			}
			wrong++
		}
	}
	found := "none"
	if wrong > 0 {
		found = fmt.Sprintf("%d of %d, for instance %s", wrong, len(c.owners[1]), c.describe(example))
		check.Show(t, check.Evidence{Kind: "ring", Title: c.title, Text: c.text(), SVG: c.svg()})
	}
	require.Equal(t, "none", found, rule)
}

func (c comparison) describe(i int) string {
	after := fmt.Sprintf("skier-%d (%s: %s)", i, c.labels[1], name(c.owners[1][i]))
	if c.owners[0] == nil {
		return after
	}
	return fmt.Sprintf("skier-%d (%s: %s; %s: %s)", i, c.labels[0], name(c.first(i)), c.labels[1], name(c.owners[1][i]))
}

func name(owner string) string { return cmp.Or(owner, "nobody") }

const groups = 80

// sample returns one key of each group: one that is wrong, if there is any.
func (c comparison) sample() []int {
	all := keys()
	hashes := make([]uint64, len(all))
	order := make([]int, len(all))
	for i, key := range all {
		hashes[i], order[i] = c.hash(key), i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(cmp.Compare(hashes[i], hashes[j]), cmp.Compare(i, j)) })
	var picked []int
	for group := range slices.Chunk(order, len(order)/groups) {
		picked = append(picked, group[max(0, slices.IndexFunc(group, c.wrong))])
	}
	return picked
}
