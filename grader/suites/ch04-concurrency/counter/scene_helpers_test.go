package counter_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/counter"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options leave it to TestLeavesNoGoroutine to judge what a counter leaves behind.
var options = interleave.Options{Leftovers: true}

// explore plays a scene with a new counter in many orders.
func explore(t *testing.T, scene func(x *interleave.Run, c *counter.Counter)) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, options, func(x *interleave.Run) { scene(x, new(counter.Counter)) })
	})
}

// somebody is a goroutine of a scene: its name and what it does.
type somebody struct {
	name string
	does func()
}

// together lets everybody begin, in any order, and waits for all.
func together(x *interleave.Run, all ...somebody) {
	var wg sync.WaitGroup
	x.Name(&wg, "the others")
	wg.Add(len(all))
	for _, s := range all {
		x.Go(s.name, func() {
			defer wg.Done()
			s.does()
		})
	}
	wg.Wait()
}

// equal fails the execution if the counter is not at want.
func equal(x *interleave.Run, want, have int64, why string) {
	require.Equal(x, want, have, why)
}

// client is one who calls, in histories.
type client int

const (
	gate client = iota
	display
	statistics
)

func (c client) String() string { return [...]string{"gate", "display", "statistics"}[c] }

// call is one call of a method, for histories: its input.
type call struct {
	who    client
	method string
	n      int64
}

// recorded is a counter of which every call is recorded.
type recorded struct {
	x *interleave.Run
	c *counter.Counter
}

func (r recorded) record(who client, method string, n int64, does func() int64) {
	interleave.Call(r.x, int(who), call{who, method, n}, does)
}

func (r recorded) inc(who client) {
	r.record(who, "Inc", 1, func() int64 { r.c.Inc(); return 0 })
}

func (r recorded) add(who client, n int64) {
	r.record(who, "Add", n, func() int64 { r.c.Add(n); return 0 })
}

func (r recorded) value(who client) { r.record(who, "Value", 0, r.c.Value) }

func (r recorded) reset(who client) { r.record(who, "Reset", 0, r.c.Reset) }

// number is what a counter is, one call at a time.
var number = porcupine.Model{
	Init: func() any { return int64(0) },
	Step: func(state, input, output any) (bool, any) {
		was := state.(int64)
		switch c := input.(call); c.method {
		case "Value":
			return output == was, was
		case "Reset":
			return output == was, int64(0)
		default:
			return true, was + c.n
		}
	},
	DescribeOperation: func(input, output any) string {
		switch c := input.(call); c.method {
		case "Inc":
			return fmt.Sprintf("%s calls Inc()", c.who)
		case "Add":
			return fmt.Sprintf("%s calls Add(%d)", c.who, c.n)
		default:
			return fmt.Sprintf("%s calls %s(), which returns %d", c.who, c.method, output)
		}
	},
}
