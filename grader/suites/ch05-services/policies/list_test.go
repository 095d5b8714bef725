package policies_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

func TestTheListIsTheCallers(t *testing.T) {
	check.Run(t, func(t *check.T) {
		last := func(n int) int { return n - 1 }
		list := backends("z:0 c b:3 y:0 a:2")
		for _, p := range []struct {
			name   string
			policy func() policies.Policy
		}{
			{"Round robin", policies.NewRoundRobin},
			{"Weighted round robin", policies.NewWeightedRoundRobin},
			{"Least connections", policies.NewLeastConnections},
			{"Two choices", func() policies.Policy { return policies.NewTwoChoices(last) }},
		} {
			untouched(t, p.name, p.policy(), policies.Request{Method: "GET"}, list)
			reused(t, p.name, p.policy)
		}
		router := policies.NewRouter([]policies.Rule{{Method: "POST", Pool: "writes", Policy: &clerk{}}}, &clerk{})
		mixed := pools("r1:reads w1:writes c1 r2:reads w2:writes c2")
		untouched(t, "A router", router, get(nil), mixed)
		untouched(t, "A router", router, post(nil), mixed)
	})
}

// untouched demands that a pick leaves the list as it is.
func untouched(t *check.T, name string, p policies.Policy, req policies.Request, list []policies.Backend) {
	t.Helper()
	before, mine := names(list), given(list)
	_, _, err := p.Pick(req, mine)
	require.NoError(t, err, "%s; the list is %s, so there is somebody to pick", name, before)
	if after := names(mine); after != before {
		show(t, "The caller's list before and after one Pick", "policy", name, "before", before, "after", after)
	}
	require.Equal(t, before, names(mine), "%s: the caller's list after one Pick", name)
}

// reused demands that a policy looks at the list that it is given, although the caller writes a new one into the same slice: it picks
// what another policy of its kind picks, which gets each list in a slice of its own.
func reused(t *check.T, name string, policy func() policies.Policy) {
	t.Helper()
	p, twin := policy(), policy()
	dice := throwsDice(policy) // then two of them differ by chance; other checks tell
	mine := backends("a b c")
	for _, text := range []string{"a b c", "d e f", "g h i"} {
		copy(mine, backends(text))
		id, _, err := p.Pick(policies.Request{Method: "GET"}, mine)
		want, _, _ := twin.Pick(policies.Request{Method: "GET"}, backends(text))
		expected := want
		if dice {
			expected = "one of these"
		}
		if err != nil || !strings.Contains(text, id) || !dice && id != want {
			show(t, "The caller's slice is used again", "policy", name, "list now", text, "expected", expected, "actual", answered(id, err))
		}
		require.NoError(t, err, "%s; there is somebody to pick", name)
		require.Contains(t, []string{mine[0].ID, mine[1].ID, mine[2].ID}, id, "%s: the list, in the slice of the call before, is now %s", name, text)
		if !dice {
			require.Equal(t, want, id, "%s: the list, in the slice of the call before, is now %s; what it picks if each list has a slice of its own", name, text)
		}
	}
}
