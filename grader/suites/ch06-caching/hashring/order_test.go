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

func TestOrderDoesNotMatter(t *testing.T) {
	check.Run(t, func(t *check.T) {
		nine := trees[:9]
		backwards := slices.Clone(nine)
		slices.Reverse(backwards)
		want := owners(ringOf(nine...))
		mustAgree(t, "nodes came from alder to ivy, or from ivy to alder", "ivy first", want, owners(ringOf(backwards...)))

		r := ringOf(nine...)
		r.Add("juniper", 2)
		r.Remove("elm")
		r.Remove("juniper")
		r.Add("elm", 1)
		mustAgree(t, "nodes came from alder to ivy; juniper came and went, elm went and came back", "after that", want, owners(r))

		r.Add("fir", 1)
		mustAgree(t, "then fir was added with weight 1, which it had already", "after that", want, owners(r))
		r.Add("fir", 4)
		r.Add("fir", 1)
		mustAgree(t, "then fir got weight 4, and weight 1 again", "after that", want, owners(r))
	})
}

// mustAgree compares a ring to which nodes were added from alder to ivy with another one of the same nodes.
func mustAgree(t *check.T, story, label string, want, got []string) {
	t.Helper()
	comparison{
		title: "The same nodes: " + story, hash: hashring.Hash,
		labels: [2]string{"alder first", label}, owners: [2][]string{want, got}, right: equal,
	}.judge(t, story+"; keys whose owner is not the same")
}

// poorHashes return the same number for many texts.
var poorHashes = []struct {
	name string
	hash func(string) uint64
}{
	{"is one of 8 numbers far apart", func(s string) uint64 { return hashring.Hash(s) >> 61 << 61 }},
	{"is one of the numbers 0 to 6", func(s string) uint64 { return hashring.Hash(s) % 7 }},
	{"is 0 for all texts", func(string) uint64 { return 0 }},
}

func TestHashesMayCollide(t *testing.T) {
	orders := [][]string{trees[:5], {"elm", "dogwood", "cedar", "birch", "alder"}, {"cedar", "elm", "alder", "dogwood", "birch"}}
	check.Run(t, func(t *check.T) {
		for _, h := range poorHashes {
			first := colliding(h.hash, orders[0])
			for _, order := range orders[1:] {
				sameInBothOrders(t, h.name, h.hash, first, colliding(h.hash, order), order)
			}
		}
	})
}

func colliding(hash func(string) uint64, nodes []string) *hashring.Ring {
	r := hashring.New(3, hash)
	for _, node := range nodes {
		r.Add(node, 1)
	}
	return r
}

// sameInBothOrders compares a ring to which nodes were added from alder to elm with one that got them in another order.
func sameInBothOrders(t *check.T, name string, hash func(string) uint64, one, other *hashring.Ring, order []string) {
	story := fmt.Sprintf("The hash %s. Nodes came from alder to elm, or in the order %s", name, strings.Join(order, ", "))
	comparison{
		title: "The hash " + name + "; nodes came in different orders", hash: hash,
		labels: [2]string{"alder first", order[0] + " first"}, owners: [2][]string{owners(one), owners(other)}, right: equal,
	}.judge(t, story+"; keys whose owner is not the same")
	for _, key := range keys()[:200] {
		all := one.Owners(key, 9)
		mustHave(t, "all five, once each, here sorted by name", trees[:5], slices.Sorted(slices.Values(all)),
			fmt.Sprintf("the hash %s, and there are five nodes; Owners(%s, 9)", name, key))
		owner, _ := one.Owner(key)
		require.Equal(t, owner, all[0], "the hash %s; Owner(%q), and the first of Owners(%q, 9)", name, key, key)
		require.Equal(t, all, other.Owners(key, 9), "%s; Owners(%q, 9) in both", story, key)
	}
}
