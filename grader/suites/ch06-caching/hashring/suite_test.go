// Package hashring_test is the hidden suite of the lab hashring. The rules stand in the lab's lab.yaml.
//
//	suite_test.go    what makes no sense, that every key has an owner, and what a look-up costs
//	order_test.go    nothing depends on the order in which nodes came
//	moves_test.go    which keys and copies move when a node comes, goes or gets another weight
//	load_test.go     how many keys each node has
//	overlap_test.go  any calls at the same time, under the scheduler of package interleave
//
// No check looks at points: there need not be any. All of them ask for the owners of keys and compare.
package hashring_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/hashring"
	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestRefusesWhatMakesNoSense(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, points := range []int{0, -1} {
			mustRefuse(t, fmt.Sprintf("New(%d, hash)", points), func() { hashring.New(points, hashring.Hash) })
		}
		mustRefuse(t, "New(1, nil)", func() { hashring.New(1, nil) })
		r := ringOf("alder")
		for _, weight := range []int{0, -1} {
			mustRefuse(t, fmt.Sprintf(`Add("birch", %d)`, weight), func() { r.Add("birch", weight) })
			mustRefuse(t, fmt.Sprintf(`Add("alder", %d)`, weight), func() { r.Add("alder", weight) })
		}
		require.Equal(t, []string{"alder"}, r.Owners("skier-1", 3), `only Add("alder", 1) was not refused; Owners(key, 3)`)
	})
}

func mustRefuse(t *check.T, what string, f func()) {
	switch message, panicked := check.PanicOf(f); {
	case !panicked:
		t.Fatalf("%s returned; it must panic", what)
	case !strings.Contains(message, "hashring"):
		t.Fatalf("%s panicked with %q; the message must contain \"hashring\"", what, message)
	}
}

func TestEveryKeyHasAnOwner(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := hashring.New(160, hashring.Hash)
		mustBeEmpty(t, r, "in a new ring")
		for _, node := range trees[:5] {
			r.Add(node, 1)
		}
		mustOwn(t, r, "all are added", trees[:5]...)
		r.Remove("elm")
		r.Remove("juniper") // which never was there
		mustOwn(t, r, "elm is removed", trees[:4]...)
		r.Add("elm", 1)
		r.Remove("alder")
		mustOwn(t, r, "elm is back, alder is removed", trees[1:5]...)
		for _, node := range trees[1:5] {
			r.Remove(node)
		}
		mustBeEmpty(t, r, "after all nodes were removed")
		r.Add("fir", 1)
		mustOwn(t, r, "fir is added to a ring that had become empty", "fir")
		mustOwnWithEdges(t)
	})
}

func mustBeEmpty(t *check.T, r *hashring.Ring, when string) {
	t.Helper()
	owner, ok := r.Owner("skier-1")
	require.Equal(t, `"", false`, fmt.Sprintf("%q, %t", owner, ok), "the results of Owner "+when)
	require.Empty(t, r.Owners("skier-1", 2), "Owners(key, 2) "+when)
}

// mustOwn demands that these nodes own all keys.
func mustOwn(t *check.T, r *hashring.Ring, when string, nodes ...string) {
	t.Helper()
	got := owners(r)
	one := func(_, owner string) bool { return slices.Contains(nodes, owner) }
	comparison{
		title: "Who owns the keys when " + when, hash: hashring.Hash,
		labels: [2]string{"", "owner"}, owners: [2][]string{nil, got}, right: one,
	}.judge(t, fmt.Sprintf("the nodes are %s, because %s; keys whose owner is none of them", strings.Join(nodes, ", "), when))
}

// mustOwnWithEdges asks for keys whose hashes are the smallest and the largest numbers there are.
func mustOwnWithEdges(t *check.T) {
	r := hashring.New(3, func(s string) uint64 {
		switch s {
		case "first":
			return 0
		case "last":
			return ^uint64(0)
		}
		return 1<<62 + hashring.Hash(s)>>1
	})
	r.Add("alder", 1)
	r.Add("birch", 1)
	for _, key := range []string{"first", "last"} {
		owner, ok := r.Owner(key)
		require.True(t, ok && (owner == "alder" || owner == "birch"),
			"the nodes are alder and birch, and the hash of the key is the %s uint64 there is; Owner returned %q, %t", key, owner, ok)
	}
}

func TestOwnerAllocatesNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := ringOf(trees...)
		require.Zero(t, testing.AllocsPerRun(1000, func() { r.Owner("skier-1") }), "allocations of memory in one call of Owner, with 10 nodes")
	})
}
