// Package boundedbuffer_test is the hidden suite of the lab boundedbuffer. The rules stand in the lab's lab.yaml.
//
// Each check plays a scene: one call at a time, and after each everybody runs until all are blocked. So the verdict is the same
// in every schedule, for wrong buffers too. What only an unlucky schedule shows is not judged here.
package boundedbuffer_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestNewRefusesCapacityBelowOne(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, capacity := range []int{0, -1} {
			message, panicked := newPanics(capacity)
			if !panicked {
				t.Fatalf("New(%d) returned; it must panic, because a buffer without places is of no use", capacity)
			}
			require.Contains(t, message, "boundedbuffer", "the panic of New(%d) must name the lab", capacity)
		}
	})
}

func newPanics(capacity int) (message string, panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			message, panicked = fmt.Sprint(p), true
		}
	}()
	boundedbuffer.New[int](capacity)
	return "", false
}

func TestTakeIsFIFO(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		const inside = 3
		s := open(t, 5)
		for item := range inside {
			s.mustStore(s.put(item), "there is room")
		}
		for item := range 4 * inside {
			s.mustTake(s.take(), item, "the oldest item comes first")
			s.mustStore(s.put(item+inside), "there is room")
		}
		s.finish()
	})
}

func TestLenCountsStoredItems(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := open(t, 3)
		s.mustCount(0, "nothing is stored yet")
		stored, _ := s.putUntilBlocked(3, 1)
		s.mustCount(stored, "every Put that returned nil stored one item, the blocked one stored none")
		s.finish()

		s = open(t, 5)
		for n := 1; n <= 3; n++ {
			s.mustStore(s.put(7), "there is room")
			s.mustCount(n, "one more item was put")
		}
		s.mustTake(s.take(), 7, "something is stored")
		s.mustCount(2, "one item was taken")
		s.mustReturn(s.shut(), "Close waits for nobody")
		s.mustCount(2, "Close takes nothing out")
	})
}

// parcel is an item that is large enough to have a memory block of its own.
type parcel struct{ _ [64]byte }

func TestTakenItemIsReleased(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		const items = 3
		turns, never := takeTurns(), func() bool { return false }
		b := boundedbuffer.New[*parcel](items)
		parcels := make(chan []weak.Pointer[parcel], 1)
		go func() { parcels <- putParcels(t, b, items) }() // a goroutine's stack is gone when it has ended
		turns.untilAllWait(never)
		go takeParcels(t, b, items)
		turns.untilAllWait(never)
		runtime.GC()
		if slices.ContainsFunc(<-parcels, func(p weak.Pointer[parcel]) bool { return p.Value() != nil }) {
			t.Fatalf("%d items were put and taken again, and nobody uses them any more; the buffer still refers to at least one", items)
		}
		b.Close()
	})
}

// putParcels puts n parcels and keeps only weak pointers to them, which do not stop the garbage collector.
func putParcels(t *check.T, b *boundedbuffer.Buffer[*parcel], n int) []weak.Pointer[parcel] {
	var parcels []weak.Pointer[parcel]
	for range n {
		p := new(parcel)
		parcels = append(parcels, weak.Make(p))
		if err := b.Put(p); err != nil {
			t.Errorf("Put returned %s, want nil, because there is room", errorName(err))
		}
	}
	return parcels
}

func takeParcels(t *check.T, b *boundedbuffer.Buffer[*parcel], n int) {
	for range n {
		if p, err := b.Take(); err != nil || p == nil {
			t.Errorf("Take returned no item (error: %s), although items are stored", errorName(err))
		}
	}
}
