package policies_test

import (
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

// throws is how often new policies are asked for one of eight equals.
const throws = 12

// throwsDice tells whether new policies pick now this one and now that one of eight equals. A program that walks a map does: with three in it
// the first is the first three times out of four, so whether it gets through a trace is chance, and where it fails as well.
func throwsDice(policy func() policies.Policy) bool {
	list := backends("a b c d e f g h")
	picked := map[string]bool{}
	for range throws {
		id, _, err := policy().Pick(policies.Request{Method: "GET"}, given(list))
		if err != nil {
			return false // a matter of the traces
		}
		picked[id] = true
	}
	return len(picked) > 1
}

// noDice fails the check before its traces if the policy throws dice, in words in which there is no chance.
func noDice(t *check.T, name string, policy func() policies.Policy) {
	t.Helper()
	if !throwsDice(policy) {
		return
	}
	show(t, "Twelve new policies are asked for one of eight equals", "policy", name, "list", "a b c d e f g h", "expected", "the same each time", "actual",
		"another one from time to time")
	require.FailNow(t, name+" picks the first of the list among equals; twelve new policies with the same list of eight equals do not all pick the same")
}
