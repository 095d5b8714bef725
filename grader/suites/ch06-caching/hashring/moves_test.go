package hashring_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/hashring"
	"scalelab/pkg/check"
)

func TestOnlyItsKeysMove(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := ringOf(trees...)
		for _, node := range []string{"elm", "alder", "juniper"} {
			leaves(t, r, node)
			arrives(t, r, node, 1)
		}
		arrives(t, r, "fir", 3)
		loses(t, r, "fir", 2)
		leaves(t, r, "fir")
		arrives(t, r, "fir", 2)
	})
}

// leaves removes a node. Its keys go where they like, all others stay.
func leaves(t *check.T, r *hashring.Ring, node string) {
	t.Helper()
	moves(t, r, node+" is removed", func() { r.Remove(node) }, func(before, _ string) bool { return before == node },
		"keys that moved though they were not on "+node)
}

// arrives adds a node, or gives it more weight. Keys go to it or stay.
func arrives(t *check.T, r *hashring.Ring, node string, weight int) {
	t.Helper()
	moves(t, r, added(node, weight), func() { r.Add(node, weight) }, func(_, after string) bool { return after == node },
		"keys that moved, and not to "+node)
}

// loses gives a node less weight. Its keys go or stay.
func loses(t *check.T, r *hashring.Ring, node string, weight int) {
	t.Helper()
	moves(t, r, added(node, weight)+" after 3", func() { r.Add(node, weight) }, func(before, _ string) bool { return before == node },
		"keys that moved though they were not on "+node)
}

func added(node string, weight int) string {
	return node + " gets weight " + strconv.Itoa(weight)
}

func moves(t *check.T, r *hashring.Ring, story string, change func(), may func(before, after string) bool, wrong string) {
	t.Helper()
	before := owners(r)
	change()
	comparison{
		title: story + ": before and after", hash: hashring.Hash,
		labels: [2]string{"before", "after"}, owners: [2][]string{before, owners(r)},
		right: func(before, after string) bool { return before == after || may(before, after) },
	}.judge(t, story+" while the others stay as they are; "+wrong)
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
	mustHave(t, "in the order of their names", trees[:5], slices.Sorted(slices.Values(all)), "the ring has five nodes; Owners("+key+", 5)")
	owner, _ := r.Owner(key)
	require.Equal(t, owner, all[0], "Owner(%q), and the first of Owners(%q, 5)", key, key)
	for n := range 5 {
		mustHave(t, "its beginning", all[:n], r.Owners(key, n), "Owners("+key+", 5) is "+strings.Join(all, ", ")+"; fewer owners")
	}
	mustHave(t, "all five", all, r.Owners(key, 8), "the ring has five nodes; Owners("+key+", 8)")
	require.Empty(t, r.Owners(key, -1), "Owners(%q, -1)", key)
	return all
}

// mustHave compares lists. An empty one may be nil.
func mustHave(t *check.T, what string, want, got []string, story string) {
	t.Helper()
	require.Equal(t, strings.Join(want, ", "), strings.Join(got, ", "), "%s: %s", story, what)
}
