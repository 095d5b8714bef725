package hashring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/hashring"
	"scalelab/pkg/check"
)

func TestLoadIsEven(t *testing.T) {
	check.Run(t, func(t *check.T) {
		even := make([]int, len(trees))
		for i := range even {
			even[i] = 1
		}
		loads(t, "10 nodes of weight 1, with 160 points each", ringOf(trees...), even, 0, 1.35)
	})
}

func TestWeightsCount(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, weights := range [][]int{{1, 2, 4}, {1, 1, 3, 5}} {
			r := hashring.New(160, hashring.Hash)
			for i, weight := range weights {
				r.Add(trees[i], weight)
			}
			loads(t, fmt.Sprintf("nodes of the weights %d", weights), r, weights, 0.65, 1.35)
		}
		r := ringOf(trees[:3]...)
		r.Add("birch", 4)
		loads(t, "birch had weight 1 and got weight 4", r, []int{1, 4, 1}, 0.65, 1.35)
		r.Add("birch", 1)
		r.Add("cedar", 2)
		loads(t, "then birch got weight 1, and cedar weight 2", r, []int{1, 1, 2}, 0.65, 1.35)
	})
}

// loads counts the keys of the nodes, and demands that all of them lie between these bounds of their proportion.
func loads(t *check.T, story string, r *hashring.Ring, weights []int, low, high float64) {
	t.Helper()
	got, sum := owners(r), 0
	counts := map[string]int{}
	for _, owner := range got {
		counts[owner]++
	}
	for _, weight := range weights {
		sum += weight
	}
	var table strings.Builder
	wrong, notes, bad := "none", map[string]string{}, map[string]bool{}
	fmt.Fprintf(&table, "node     weight  proportion    keys  ratio\n")
	for i, weight := range weights {
		node, fair := trees[i], float64(len(got))*float64(weight)/float64(sum)
		ratio, mark := float64(counts[node])/fair, ' '
		if ratio < low || ratio > high {
			mark, bad[node] = '◆', true
			if wrong == "none" {
				wrong = fmt.Sprintf("%s, with %d keys in place of %.0f", node, counts[node], fair)
			}
		}
		notes[node] = fmt.Sprintf("%.2f×", ratio)
		fmt.Fprintf(&table, "%-8s %6d  %10.0f  %6d  %5.2f %c %s\n", node, weight, fair, counts[node], ratio, mark, bar(ratio))
	}
	if wrong != "none" {
		c := comparison{title: "The load: " + story, hash: hashring.Hash, right: anything, notes: notes, bad: bad}
		c.labels[1], c.owners[1] = "owner", got
		check.Show(t, check.Evidence{Kind: "load", Title: c.title, Text: table.String() + "\n" + c.text(), SVG: c.svg()})
	}
	bounds := fmt.Sprintf("a node whose keys are not between %.2f and %.2f times its proportion", low, high)
	if low == 0 {
		bounds = fmt.Sprintf("a node that has more than %.2f times the mean", high)
	}
	require.Equal(t, "none", wrong, "%s; %s", story, bounds)
}

// bar has 15 blocks for what is fair.
func bar(ratio float64) string { return strings.Repeat("█", min(int(15*ratio+0.5), 55)) }
