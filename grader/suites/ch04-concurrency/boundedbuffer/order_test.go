package boundedbuffer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestTakeIsFIFO(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const inside = 3
		explore(t, 5, func(s *scene) {
			for item := range inside {
				s.stores(item)
			}
			for item := range 4 * inside {
				require.Equal(s.x, item, s.takes(), "what Take returned: the oldest item comes first")
				s.stores(item + inside)
			}
		})
	})
}

func TestLenCountsStoredItems(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, func(s *scene) {
			require.Equal(s.x, 0, s.b.Len(), "Len of a new buffer")
			s.stores(1)
			require.Equal(s.x, 1, s.b.Len(), "Len after one Put")
			s.stores(2)
			s.start("producer", func() { s.stores(3) })
			require.Equal(s.x, 2, s.b.Len(), "Len of a full buffer; a Put that is blocked does not count")
			s.takes()
			s.busy.Wait()
			require.Equal(s.x, 2, s.b.Len(), "Len after three Puts and one Take")
			s.takes()
			s.shut()
			require.Equal(s.x, 1, s.b.Len(), "Len after Close, with one item left")
		})
	})
}

func TestAnyCallsMayOverlap(t *testing.T) {
	check.Run(t, func(t *check.T) {
		put, take, length, shut := call{op: "Put", item: 1}, call{op: "Take"}, call{op: "Len"}, call{op: "Close"}
		every := []call{put, take, length, shut}
		for i, one := range every {
			for _, other := range every[i:] {
				oneMomentEach(t, 3, 2, []call{one}, []call{other})
			}
		}
		oneMomentEach(t, 1, 0, []call{put, {op: "Put", item: 2}}, []call{take, take}, []call{shut})
		oneMomentEach(t, 1, 1, []call{{op: "Put", item: 2}}, []call{take}, []call{shut, length})
	})
}

// oneMomentEach lets goroutines make calls on a buffer with a few stored items, at the same time. Every call must have taken effect
// at one moment between its beginning and its end.
func oneMomentEach(t *check.T, capacity, stored int, clients ...[]call) {
	t.Helper()
	explore(t, capacity, func(s *scene) {
		for item := range stored {
			s.make(0, call{op: "Put", item: 10 + item})
		}
		for i, calls := range clients {
			s.start(fmt.Sprintf("caller %d", i+1), func() {
				for _, c := range calls {
					s.make(i+1, c)
				}
			})
		}
		s.x.Settle()
		s.make(0, call{op: "Close"}) // so that nobody is blocked for ever
		s.x.Linearizable(boundedQueue(capacity))
	})
}

// call is what a client asks of the buffer, outcome what it is told.
type call struct {
	op   string
	item int // of a Put
}

type outcome struct {
	item int // of a Take, or the number that Len returned
	err  string
}

func (c call) String() string {
	if c.op == "Put" {
		return fmt.Sprintf("Put(%d)", c.item)
	}
	return c.op + "()"
}

func (o outcome) String() string {
	switch {
	case o.err == "":
		return fmt.Sprint(o.item)
	case o.item == 0:
		return o.err
	}
	return fmt.Sprintf("%d, %s", o.item, o.err)
}

// make makes a call and records it.
func (s *scene) make(client int, c call) {
	interleave.Call(s.x, client, c, func() outcome {
		switch c.op {
		case "Put":
			return outcome{err: name(s.b.Put(c.item))}
		case "Take":
			item, err := s.b.Take()
			return outcome{item: item, err: name(err)}
		case "Len":
			return outcome{item: s.b.Len()}
		}
		s.shut()
		return outcome{err: "closed"}
	})
}

// queue is what the buffer must look like from outside: a queue of limited length that can be closed.
type queue struct {
	items  []int
	closed bool
}

func boundedQueue(capacity int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return queue{} },
		Step: func(state, input, output any) (bool, any) {
			return state.(queue).step(capacity, input.(call), output.(outcome))
		},
		Equal: func(a, b any) bool {
			p, q := a.(queue), b.(queue)
			return p.closed == q.closed && slices.Equal(p.items, q.items)
		},
	}
}

// step tells whether the call may have had that outcome, and what the queue is then.
func (q queue) step(capacity int, c call, o outcome) (legal bool, after queue) {
	switch {
	case c.op == "Close":
		return true, queue{q.items, true}
	case c.op == "Len":
		return o.item == len(q.items), q
	case c.op == "Put" && o.err == "nil":
		return !q.closed && len(q.items) < capacity, queue{append(slices.Clone(q.items), c.item), q.closed}
	case c.op == "Put":
		return o.err == "ErrClosed" && q.closed, q
	case o.err == "nil":
		if len(q.items) == 0 || q.items[0] != o.item {
			return false, q
		}
		return true, queue{q.items[1:], q.closed}
	}
	return o.err == "ErrClosed" && o.item == 0 && q.closed && len(q.items) == 0, q
}
