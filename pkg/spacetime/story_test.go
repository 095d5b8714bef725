package spacetime_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/spacetime"
)

func TestStories(t *testing.T) {
	var many []spacetime.Actor
	for i := range 9 {
		many = append(many, spacetime.Actor{Name: fmt.Sprintf("g%d", i), WaitsFor: "mu"})
	}
	tests := map[string]struct {
		got, want string
	}{
		"leak": {
			spacetime.Story("Goroutine leak", []spacetime.Actor{{Name: "goroutine 3", WaitsFor: "to send on results", Where: "pool.go:40"}},
				"nobody receives from results any more"),
			"Goroutine leak. goroutine 3 waits to send on results (pool.go:40). nobody receives from results any more.",
		},
		"race": {
			spacetime.Story("Data race", []spacetime.Actor{{Name: "goroutine 1", Holds: []string{"mu"}, Does: "writes n", Where: "counter.go:19"},
				{Name: "goroutine 2", Does: "reads n", Where: "counter.go:27"}}, "Nothing orders the two."),
			"Data race. goroutine 1 holds mu and writes n (counter.go:19); goroutine 2 reads n (counter.go:27). Nothing orders the two.",
		},
		"everything at once": {
			spacetime.Story("", []spacetime.Actor{{Name: "g", Holds: []string{"a", "b", "c"}, Does: "counts", WaitsFor: "d"}}, ""),
			"g holds a, b and c, counts and waits for d.",
		},
		"many": {
			spacetime.Story("Deadlock", many, ""),
			"Deadlock. g0 waits for mu; g1 waits for mu; g2 waits for mu; g3 waits for mu; g4 waits for mu; g5 waits for mu; and 3 more.",
		},
		"nothing": {spacetime.Story("", nil, ""), ""},
	}
	for name, test := range tests {
		require.Equal(t, test.want, test.got, name)
	}
}
