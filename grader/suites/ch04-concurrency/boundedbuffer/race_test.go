package boundedbuffer_test

import (
	"testing"
	"testing/synctest"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
	"scalelab/pkg/check"
)

// TestAnyTwoCallsMayOverlap runs every pair of methods at the same time under the race detector. It reports two accesses that
// nothing orders, whichever came first, so one run of a pair is enough. The buffer is neither full nor empty: nobody blocks.
func TestAnyTwoCallsMayOverlap(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		methods := []func(b *boundedbuffer.Buffer[int]){
			func(b *boundedbuffer.Buffer[int]) { _ = b.Put(7) },
			func(b *boundedbuffer.Buffer[int]) { _, _ = b.Take() },
			func(b *boundedbuffer.Buffer[int]) { _ = b.Len() },
			func(b *boundedbuffer.Buffer[int]) { b.Close() },
		}
		for i, one := range methods {
			for _, other := range methods[i:] {
				overlap(t, one, other)
			}
		}
	})
}

// overlap starts both methods from the same moment, so that neither happens before the other.
func overlap(t *check.T, methods ...func(b *boundedbuffer.Buffer[int])) {
	b := boundedbuffer.New[int](7)
	for range 3 {
		if err := b.Put(7); err != nil {
			t.Fatalf("Put into a buffer with room returned %s", errorName(err))
		}
	}
	start := make(chan struct{})
	for _, method := range methods {
		go func() {
			<-start
			quietly(func() { method(b) })
		}()
	}
	synctest.Wait()
	close(start)
	synctest.Wait()
	quietly(b.Close)
}

// quietly swallows a panic of f: which of two calls panics may depend on the schedule, and other checks judge panics.
func quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}
