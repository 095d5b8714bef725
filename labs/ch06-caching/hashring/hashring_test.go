package hashring_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/hashring"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch06-caching/hashring
//
// Where goroutines meet, a test gives a scenario to interleave.Explore, which runs it several times. Here, in plain `go test`, chance
// decides which goroutine goes first. The grader runs such scenarios in every order that matters.

// servers returns a ring with these nodes, all of weight 1.
func servers(nodes ...string) *hashring.Ring {
	r := hashring.New(160, hashring.Hash)
	for _, node := range nodes {
		r.Add(node, 1)
	}
	return r
}

// owners asks for the owners of 1000 keys.
func owners(r *hashring.Ring) map[string]string {
	all := map[string]string{}
	for i := range 1000 {
		key := fmt.Sprintf("skier-%d", i)
		all[key], _ = r.Owner(key)
	}
	return all
}

func TestEveryKeyHasAnOwner(t *testing.T) {
	_, ok := servers().Owner("skier-1")
	require.False(t, ok, "a ring without nodes has no owner for anything")

	for key, owner := range owners(servers("alder", "birch")) {
		require.Contains(t, []string{"alder", "birch"}, owner, "the owner of %s", key)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	require.Equal(t, owners(servers("alder", "birch", "cedar")), owners(servers("cedar", "alder", "birch")),
		"the owners of 1000 keys, by rings with the same nodes")
}

func TestOnlyKeysOfTheRemovedNodeMove(t *testing.T) {
	r := servers("alder", "birch", "cedar")
	before := owners(r)
	r.Remove("birch")
	for key, owner := range owners(r) {
		if before[key] != "birch" {
			require.Equal(t, before[key], owner, "birch is removed, and %s was not on it; its owner", key)
		}
	}
}

func TestWeightCounts(t *testing.T) {
	r := hashring.New(160, hashring.Hash)
	r.Add("alder", 1)
	r.Add("birch", 3)
	keys := map[string]int{}
	for _, owner := range owners(r) {
		keys[owner]++
	}
	require.Greater(t, keys["birch"], 2*keys["alder"], "birch has three times the weight of alder; keys of 1000")
}

func TestOwnersAreDifferent(t *testing.T) {
	r := servers("alder", "birch", "cedar")
	owner, _ := r.Owner("skier-1")
	three := r.Owners("skier-1", 5)
	require.ElementsMatch(t, []string{"alder", "birch", "cedar"}, three, "there are three nodes; Owners(key, 5)")
	require.Equal(t, owner, three[0], "the owner comes first")
	require.Equal(t, three[:2], r.Owners("skier-1", 2), "fewer owners are the first ones of more")
}

func TestReadersSeeTheRingBeforeOrAfter(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		r := hashring.New(2, hashring.Hash)
		r.Add("alder", 1)
		var change sync.WaitGroup
		change.Go(func() { r.Add("alder", 2) })
		owner, _ := r.Owner("skier-1")
		require.Equal(x, "alder", owner, "alder is the only node, and gets another weight; the owner meanwhile")
		change.Wait()
	})
}
