package policies_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

func TestWeightZeroGetsNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range []struct {
			name   string
			policy func(rand func(n int) int) policies.Policy
		}{
			{"Round robin", without(policies.NewRoundRobin)},
			{"Weighted round robin", without(policies.NewWeightedRoundRobin)},
			{"Least connections", without(policies.NewLeastConnections)},
			{"Two choices", policies.NewTwoChoices},
			{"A router", without(func() policies.Policy { return policies.NewRouter(nil, policies.NewRoundRobin()) })},
		} {
			first := func(int) int { return 0 }
			nobody(t, p.name, p.policy(first), "")
			nobody(t, p.name, p.policy(first), "a:0")
			nobody(t, p.name, p.policy(first), "a:0 b:0")
			nothingFor(t, p.name, p.policy(first))
			if throwsDice(func() policies.Policy { return p.policy(first) }) {
				continue // two of them differ by chance; other checks tell
			}
			asIfMissing(t, p.name, p.policy, "a b c", "a b c", "a b:0 c", "a b:0 c", "a b c", "a b c")
			asIfMissing(t, p.name, p.policy, "a b:3", "a b:0", "a b:0", "a b:3", "a b:3", "a b:3", "a b:3")
			asIfMissing(t, p.name, p.policy, "z:0 a b y:0 c", "z:0 a b y:0 c", "z:0 a b y:0 c", "z:0 a b y:0 c")
		}
	})
}

// without makes a policy that needs no random source.
func without(policy func() policies.Policy) func(func(int) int) policies.Policy {
	return func(func(int) int) policies.Policy { return policy() }
}

// nobody demands ErrNoBackend.
func nobody(t *check.T, name string, p policies.Policy, list string) {
	t.Helper()
	id, _, err := p.Pick(policies.Request{Method: "GET"}, backends(list))
	if !errors.Is(err, policies.ErrNoBackend) {
		show(t, "Pick without anybody to pick", "policy", name, "list", names(backends(list)), "expected", "ErrNoBackend", "actual", answered(id, err))
	}
	require.True(t, errors.Is(err, policies.ErrNoBackend),
		"%s; the list is %s, so there is nobody to pick, and errors.Is(err, ErrNoBackend) must hold; the id is %q, the error %v",
		name, names(backends(list)), id, err)
}

// nothingFor demands that b, whose weight is 0, gets nothing while others get everything.
func nothingFor(t *check.T, name string, p policies.Policy) {
	t.Helper()
	list := backends("b:0 a c:0 d:2")
	for n := range 6 {
		id, _, err := p.Pick(policies.Request{Method: "GET"}, given(list))
		if err != nil || id != "a" && id != "d" {
			show(t, fmt.Sprintf("Pick %d of one policy", n+1), "policy", name, "list", names(list), "expected", "a or d", "actual", answered(id, err))
		}
		require.NoError(t, err, "%s; the list is %s, so there is somebody to pick", name, names(list))
		require.Contains(t, []string{"a", "d"}, id, "%s; the list is %s; pick %d must go to one with a weight", name, names(list), n+1)
	}
}

// asIfMissing gives one policy lists in which somebody has weight 0, and another of its kind the same lists without those: they must
// pick the same. So a policy that is wrong in another way loses nothing here.
func asIfMissing(t *check.T, name string, policy func(rand func(n int) int) policies.Policy, lists ...string) {
	t.Helper()
	zero, missing := newPicker(policy), newPicker(policy)
	text := fmt.Sprintf("policy    %s\n\n          %-16s %-26s %s\n", name, "list", "picks", "would pick without those of weight 0")
	for n, list := range lists {
		got, want := zero.pick(backends(list)), missing.pick(weighty(backends(list)))
		text += fmt.Sprintf("%s pick %d  %-16s %-26s %s\n", mark(got != want), n+1, list, got, want)
		if got != want {
			check.Show(t, check.Evidence{Kind: "calls", Title: "Weight 0 is as good as missing (◆: here it is not)", Text: text})
		}
		require.Equal(t, want, got, "%s, pick %d; the list is %s; what it picks if those of weight 0 are missing in all lists", name, n+1, list)
	}
}

// picker is a policy, and the calls of rand in its latest pick.
type picker struct {
	policy policies.Policy
	asked  []string
	drawn  int
}

func newPicker(policy func(rand func(n int) int) policies.Policy) *picker {
	p := &picker{}
	p.policy = policy(func(n int) int {
		p.asked = append(p.asked, fmt.Sprintf("rand(%d)", n))
		p.drawn++
		return p.drawn % max(1, n)
	})
	return p
}

// pick says who was picked, and what rand was asked for it.
func (p *picker) pick(list []policies.Backend) string {
	p.asked = nil
	id, _, err := p.policy.Pick(policies.Request{Method: "GET"}, list)
	if err != nil {
		return "an error"
	}
	return strings.Join(append([]string{id}, p.asked...), " ")
}
