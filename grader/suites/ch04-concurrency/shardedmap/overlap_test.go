package shardedmap_test

import (
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"

	"scalelab/pkg/check"
)

func TestAnyCallsMayOverlap(t *testing.T) {
	check.Run(t, func(t *check.T) {
		every := []call{get(1), put(1, 50), putIfAbsent(1, 50), add(1, 1), remove(1), length, loop}
		for i, one := range every {
			for _, other := range every[i:] {
				oneMomentEach(t, []call{put(1, 10)}, []call{one}, []call{other})
			}
		}
		oneMomentEach(t, nil, []call{put(1, 10), get(1)}, []call{put(3, 30), get(3)}, []call{put(2, 20), get(2)})
		oneMomentEach(t, nil, []call{putIfAbsent(1, 10), remove(1)}, []call{add(1, 1), get(1)})
		oneMomentEach(t, []call{put(1, 10), put(3, 30)}, []call{remove(1), get(3)}, []call{add(3, 1), get(1)})
	})
}

// oneMomentEach lets goroutines make calls at the same time, on a map of two shards. Every call must have taken effect at one moment
// between its beginning and its end; that a key holds what it should afterwards is looked at, too.
func oneMomentEach(t *check.T, before []call, clients ...[]call) {
	t.Helper()
	explore(t, 2, func(s *scene) {
		for _, c := range before {
			s.make(c)
		}
		for i, calls := range clients {
			s.starts(fmt.Sprintf("gate %d", i+1), calls...)
		}
		s.busy.Wait()
		for k := 1; k <= 3; k++ {
			s.make(get(k))
		}
		s.x.Linearizable(oneMap)
	})
}

// oneMap is a Go map, one call at a time. Of Len and loops it knows only that they come to an end.
var oneMap = porcupine.Model{
	Init: func() any { return contents{} },
	Step: func(state, input, output any) (bool, any) {
		want, after := state.(contents).apply(input.(call))
		return output == want, after
	},
	DescribeOperation: func(input, output any) string {
		if output == outcome("") {
			return fmt.Sprint(input)
		}
		return fmt.Sprintf("%v = %v", input, output)
	},
}
