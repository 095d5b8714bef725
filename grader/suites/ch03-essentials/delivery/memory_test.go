package delivery_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
)

func TestMemoryIsBounded(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range allGuarantees {
			w := newWire(t, g)
			w.carries(warmUp)
			before := heap()
			w.carries(many)
			grown := heap() - before
			if grown > many*mostBytes {
				t.Fatalf("%s: memory has grown by more than %d bytes for each of %d messages, all of which have been sent, received and, "+
					"where it has to be, acknowledged", nameOf(g), mostBytes, many)
			}
			if g == delivery.AtMostOnce { // the cheapest: what it sends needs no answer
				w.carries(moreThan16Bits - many - warmUp)
			}
			w.close()
		}
	})
}

const (
	warmUp         = 1000
	many           = 10_000
	mostBytes      = 5 // a number in a slice takes eight, in a map more
	moreThan16Bits = 1<<16 + 100
)

// heap is how many bytes are in use.
func heap() int64 {
	synctest.Wait() // for goroutines that are about to end
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// wire is a sender and a receiver with a network between them that loses nothing and remembers nothing.
type wire struct {
	t        *check.T
	upper    *plug
	lower    *plug
	name     string
	from     *delivery.Sender
	to       *delivery.Receiver
	sent     int
	received chan error
}

func newWire(t *check.T, g delivery.Guarantee) *wire {
	upper, lower := newPlugs()
	opts := delivery.Options{Guarantee: g, Epoch: 1}
	w := &wire{t: t, upper: upper, lower: lower, name: nameOf(g), received: make(chan error), from: delivery.NewSender(upper, lower.at, opts)}
	opts.State = make(seen, warmUp+many)
	w.to = delivery.NewReceiver(lower, upper.at, opts)
	return w
}

// carries sends messages one by one. Each must arrive, whatever came before. No time passes unless one does not.
func (w *wire) carries(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	go func() {
		for range n {
			_, err := w.to.Receive(ctx)
			w.received <- err
		}
	}()
	for range n {
		if w.sent++; w.sent%16 == 0 {
			synctest.Wait() // goroutines that have nothing more to do can end, and do not pile up
		}
		sent := w.from.Send(ctx, []byte("ride"))
		if received := <-w.received; received != nil {
			w.t.Fatalf("%s: Receive has not returned message %d, on a network that loses nothing; all before it were received", w.name, w.sent)
		}
		if sent != nil {
			w.t.Fatalf("%s: Send of message %d returns an error, on a network that loses nothing", w.name, w.sent)
		}
	}
}

func (w *wire) close() {
	_ = w.upper.Close()
	_ = w.lower.Close()
	_ = w.from.Close()
	_ = w.to.Close()
}

// seen is a State that knows which messages were delivered, and takes the memory for that beforehand.
type seen map[delivery.ID]struct{}

// Deliver is called by one goroutine at a time.
func (s seen) Deliver(id delivery.ID, _ []byte) (fresh bool, err error) {
	if _, known := s[id]; known {
		return false, nil
	}
	s[id] = struct{}{}
	return true, nil
}
