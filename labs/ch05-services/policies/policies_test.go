package policies_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch05-services/policies
//
// With them green your interface is right; the graded checks look into every corner that the README describes.

var (
	a = policies.Backend{ID: "a", Weight: 1}
	b = policies.Backend{ID: "b", Weight: 1}
	c = policies.Backend{ID: "c", Weight: 1}
)

// picks makes n picks and joins the names. No request ends.
func picks(t *testing.T, p policies.Policy, n int, backends ...policies.Backend) string {
	t.Helper()
	var ids []string
	for range n {
		id, done, err := p.Pick(policies.Request{Method: "GET"}, backends)
		require.NoError(t, err, "there is somebody to pick")
		require.NotNil(t, done, "done is never nil")
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

func TestTheyTakeTurns(t *testing.T) {
	p := policies.NewRoundRobin()
	require.Equal(t, "a b c a", picks(t, p, 4, a, b, c), "one after the other")
	require.Equal(t, "c a", picks(t, p, 2, a, c), "a was the last one, and c follows it now")
}

func TestAHeavyBackendIsSpread(t *testing.T) {
	heavy := policies.Backend{ID: "a", Weight: 5}
	require.Equal(t, "a a b a c a a a a b", picks(t, policies.NewWeightedRoundRobin(), 10, heavy, b, c), "weights 5, 1, 1")
}

func TestTheIdleOneIsPicked(t *testing.T) {
	p := policies.NewLeastConnections()
	backends := []policies.Backend{a, b}
	id, done, err := p.Pick(policies.Request{}, backends)
	require.NoError(t, err)
	require.Equal(t, "a", id, "nobody has anything to do, so the first one")
	require.Equal(t, "b a", picks(t, p, 2, backends...), "the idle one, and then the first of two equals")
	done()
	done() // the second call changes nothing
	require.Equal(t, "a b", picks(t, p, 2, backends...), "one request runs at each; then two run at a")
}

func TestTheBetterOfTwo(t *testing.T) {
	numbers := []int{2, 0, 2, 1}
	rand := func(int) int {
		n := numbers[0]
		numbers = numbers[1:]
		return n
	}
	p := policies.NewTwoChoices(rand)
	require.Equal(t, "c b", picks(t, p, 2, a, b, c), "c before a, as both are idle; then b before c, where one request runs")
	require.Empty(t, numbers, "two numbers for each pick")
}

func TestWritesGoElsewhere(t *testing.T) {
	leader := policies.Backend{ID: "leader", Weight: 1, Pool: "writes"}
	p := policies.NewRouter([]policies.Rule{
		{Method: "POST", Pool: "writes", Policy: policies.NewRoundRobin()},
	}, policies.NewRoundRobin())
	id, _, err := p.Pick(policies.Request{Method: "POST"}, []policies.Backend{a, leader, b})
	require.NoError(t, err)
	require.Equal(t, "leader", id, "POST goes to the pool of the first rule")
	require.Equal(t, "a b a", picks(t, p, 3, a, leader, b), "GET meets no rule and goes to those without a pool")
}

func TestNobodyIsThere(t *testing.T) {
	_, _, err := policies.NewRoundRobin().Pick(policies.Request{}, []policies.Backend{{ID: "a", Weight: 0}})
	require.ErrorIs(t, err, policies.ErrNoBackend, "weight 0 is as good as nobody")
}

func TestTwoRequestsAtOnce(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		p := policies.NewLeastConnections()
		ids := make(chan string, 2)
		for range 2 {
			go func() {
				id, _, _ := p.Pick(policies.Request{}, []policies.Backend{a, b})
				ids <- id
			}()
		}
		require.ElementsMatch(x, []string{"a", "b"}, []string{<-ids, <-ids}, "two requests, two idle backends")
	})
}
