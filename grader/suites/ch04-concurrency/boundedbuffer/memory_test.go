package boundedbuffer_test

import (
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
	"scalelab/pkg/check"
)

// parcel is an item that is large enough to have a memory block of its own.
type parcel struct{ _ [64]byte }

func TestTakenItemIsReleased(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const items = 3
		b := boundedbuffer.New[*parcel](items + 2)
		passed := make(chan []weak.Pointer[parcel])
		go func() { passed <- passThrough(t, b, items) }() // a goroutine's stack is gone when it has ended
		parcels := <-passed
		runtime.GC()
		kept := slices.ContainsFunc(parcels, func(p weak.Pointer[parcel]) bool { return p.Value() != nil })
		require.False(t, kept, "%d items were put and taken again, and nobody uses them any more; the buffer still refers to at least one", items)
		b.Close() // b is in use until here
	})
}

// passThrough puts n parcels, takes them again and keeps only weak pointers to them, which do not stop the garbage collector. At last
// it passes nil through: a goroutine of the buffer's may still have the last item on its stack while it waits for the next.
func passThrough(t *check.T, b *boundedbuffer.Buffer[*parcel], n int) []weak.Pointer[parcel] {
	var parcels []weak.Pointer[parcel]
	for range n {
		p := new(parcel)
		parcels = append(parcels, weak.Make(p))
		if b.Put(p) != nil {
			t.Errorf("Put returned an error, although there is room")
		}
	}
	for range n {
		if p, err := b.Take(); err != nil || p == nil {
			t.Errorf("Take returned no item, although items are stored")
		}
	}
	if b.Put(nil) == nil {
		_, _ = b.Take()
	}
	return parcels
}
