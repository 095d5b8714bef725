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

func TestOnlyItsKeysMove(t *testing.T) {
	check.Run(t, func(t *check.T) {
		c := &changing{t: t, r: ringOf(trees...), hash: hashring.Hash}
		c.before = owners(c.r)
		for _, node := range []string{"elm", "juniper"} {
			c.leaves(node)
			c.gains(node, 1)
		}
		c.gains("fir", 3)
		c.loses("fir", 2)
		c.leaves("fir")
		c.gains("fir", 2)
		for _, h := range poorHashes {
			c := &changing{t: t, r: colliding(h.hash, trees[:5]), hash: h.hash, where: "the hash " + h.name + ", and "}
			c.before = owners(c.r)
			for _, node := range []string{"alder", "cedar", "elm"} {
				c.leaves(node)
				c.gains(node, 1)
			}
		}
	})
}

// changing is a ring that changes, and the owners before the next change.
type changing struct {
	t      *check.T
	r      *hashring.Ring
	hash   func(string) uint64
	where  string // if it is another ring than everywhere
	before []string
}

// leaves removes a node. Its keys go where they like, all others stay.
func (c *changing) leaves(node string) {
	c.r.Remove(node)
	c.judge(node+" is removed", "keys that moved though they were not on "+node, func(before, _ string) bool { return before == node })
}

// gains adds a node, or gives it more weight. Keys go to it or stay.
func (c *changing) gains(node string, weight int) {
	c.r.Add(node, weight)
	c.judge(fmt.Sprintf("%s gets weight %d", node, weight), "keys that moved, and not to "+node,
		func(_, after string) bool { return after == node })
}

// loses gives a node less weight. Its keys go or stay.
func (c *changing) loses(node string, weight int) {
	c.r.Add(node, weight)
	c.judge(fmt.Sprintf("%s gets weight %d, which is less", node, weight), "keys that moved though they were not on "+node,
		func(before, _ string) bool { return before == node })
}

// judge looks at all keys after a change.
func (c *changing) judge(story, wrong string, may func(before, after string) bool) {
	c.t.Helper()
	after := owners(c.r)
	story = c.where + story
	comparison{
		title: story + ": before and after", hash: c.hash,
		labels: [2]string{"before", "after"}, owners: [2][]string{c.before, after},
		right: func(before, after string) bool { return before == after || may(before, after) },
	}.judge(c.t, story+" while the others stay as they are; "+wrong)
	c.before = after
}

func TestOwnersAreDifferent(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := ringOf(trees[:5]...)
		lists := map[string][]string{}
		for _, key := range keys()[:2000] {
			lists[key] = mustList(t, r, key)
		}
		r.Remove("cedar")
		for _, key := range keys()[:2000] {
			want := slices.DeleteFunc(slices.Clone(lists[key]), func(node string) bool { return node == "cedar" })
			mustHave(t, "the same without cedar", want, r.Owners(key, 5),
				"Owners("+key+", 5) was "+strings.Join(lists[key], ", ")+"; then cedar was removed")
		}
		r.Add("cedar", 1)
		for _, key := range keys()[:2000] {
			mustHave(t, "the same as before", lists[key], r.Owners(key, 5), "cedar was removed and added again; Owners("+key+", 5)")
		}
	})
}

// mustList asks a ring of five nodes for all numbers of owners, and returns the longest list.
func mustList(t *check.T, r *hashring.Ring, key string) []string {
	t.Helper()
	all := r.Owners(key, 5)
	mustHave(t, "all five, once each, here sorted by name", trees[:5], slices.Sorted(slices.Values(all)), "the ring has five nodes; Owners("+key+", 5)")
	owner, _ := r.Owner(key)
	require.Equal(t, owner, all[0], "Owner(%q), and the first of Owners(%q, 5)", key, key)
	for n := range 5 {
		mustHave(t, "its beginning", all[:n], r.Owners(key, n), "Owners("+key+", 5) is "+strings.Join(all, ", ")+"; fewer owners")
	}
	mustHave(t, "all five", all, r.Owners(key, 8), "the ring has five nodes; Owners("+key+", 8)")
	require.Empty(t, r.Owners(key, -1), "Owners(%q, -1)", key)
	return isTheCallers(t, r, key)
}

// isTheCallers writes into lists that Owners has returned, and returns one into which nobody writes.
func isTheCallers(t *check.T, r *hashring.Ring, key string) []string {
	t.Helper()
	all, two := r.Owners(key, 5), r.Owners(key, 2)
	want := slices.Clone(all)
	clear(all)
	mustHave(t, "the same list again", want, r.Owners(key, 5), "the slice belongs to the caller, who has written into it; Owners("+key+", 5)")
	_ = append(two, "yew")
	mustHave(t, "the same list again", want, r.Owners(key, 5), "the caller has appended to the slice of Owners("+key+", 2); Owners("+key+", 5)")
	return want
}

// mustHave compares lists. An empty one may be nil.
func mustHave(t *check.T, what string, want, got []string, story string) {
	t.Helper()
	if !slices.Equal(want, got) {
		showLists(t, what, want, got)
	}
	require.Equal(t, strings.Join(want, ", "), strings.Join(got, ", "), "%s: %s", story, what)
}
