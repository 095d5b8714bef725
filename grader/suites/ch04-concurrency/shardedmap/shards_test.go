package shardedmap_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestOtherShardsDoNotWait(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, other := range []call{get(2), put(2, 50), putIfAbsent(2, 50), add(2, 1), remove(2)} {
			explore(t, 2, func(s *scene) {
				s.fill()
				s.endsDuringCompute(1, other)
			})
		}
		for _, keys := range [][2]int{{0, 1}, {1, 2}, {2, 0}} {
			explore(t, 3, func(s *scene) { s.endsDuringCompute(keys[0], put(keys[1], 50)) })
		}
		explore(t, 2, func(s *scene) {
			s.fill()
			s.starts("queue", put(1, 50))
			s.endsDuringCompute(1, put(2, 50))
		})
	})
}

// endsDuringCompute lets somebody call Compute with an fn that returns only when the other call has.
func (s *scene) endsDuringCompute(k int, other call) {
	over := make(chan struct{})
	s.x.Name(over, "the end of "+other.String())
	s.start("long Compute", func() {
		s.m.Compute(k, func(old int, _ bool) (int, bool) {
			<-over
			return old, true
		})
	})
	s.start("other shard", func() {
		s.makeAs(-1, other)
		close(over)
	})
	s.busy.Wait()
}
