// Package eviction_test is the hidden suite of the lab eviction. The rules stand in the lab's lab.yaml.
//
//	order_test.go    short sequences of calls: who goes first, and what a cache holds
//	onevict_test.go  who is told what, and when
//	overlap_test.go  any calls at the same time
//	memory_test.go   what the garbage collector can see; the only check that does not run under the scheduler
//	traces_test.go   long traces of requests
//	growth_test.go   how much work is done in a large cache
//
// Sequences are made by rapid, with a fixed seed and fixed counts, and compared with a slow model. A check that is not about the order
// of eviction lets the model go by the cache's own Keys: so a mistake in the order costs the points for the order and no others.
package eviction_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

// options leave it to one check to judge what a cache leaves behind.
var options = interleave.Options{Leftovers: true, Random: 50}

func TestRefusesWhatMakesNoSense(t *testing.T) {
	cost := func(string, page) int64 { return 1 }
	refused := []struct {
		what string
		o    eviction.Options[string, page]
	}{
		{"{Capacity: 0}", eviction.Options[string, page]{}},
		{"{Capacity: -1}", eviction.Options[string, page]{Capacity: -1}},
		{"{Capacity: 1, MaxCost: -1, Cost: cost}", eviction.Options[string, page]{Capacity: 1, MaxCost: -1, Cost: cost}},
		{"{Capacity: 1, MaxCost: 5} and no Cost", eviction.Options[string, page]{Capacity: 1, MaxCost: 5}},
		{"{Capacity: 1, TTL: -1, Now: time.Now}", eviction.Options[string, page]{Capacity: 1, TTL: -1, Now: time.Now}},
		{"{Capacity: 1, TTL: 1} and no Now", eviction.Options[string, page]{Capacity: 1, TTL: 1}},
	}
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			for _, r := range refused {
				message, panicked := panicOfNew(t, p, r.o)
				require.True(t, panicked, "New%s with the options %s must panic; it returned", p.name, r.what)
				require.True(t, strings.Contains(message, "eviction"),
					"New%s with the options %s panicked with %q; the message must contain \"eviction\"", p.name, r.what, message)
			}
			message, panicked := panicOfNew(t, p, eviction.Options[string, page]{Capacity: 1})
			require.False(t, panicked, "New%s with the options {Capacity: 1} must return a cache; it panicked: %s", p.name, message)
		}
	})
}

func panicOfNew(t *check.T, p policy, o eviction.Options[string, page]) (message string, panicked bool) {
	t.Helper()
	alone(t, 1000, func() { message, panicked = check.PanicOf(func() { p.make(o) }) })
	return message, panicked
}
