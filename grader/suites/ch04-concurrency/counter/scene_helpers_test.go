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
			s.does()
			wg.Done()
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
	n      int64 // of Add
}

func (c call) String() string {
	if c.method == "Add" {
		return fmt.Sprintf("Add(%d)", c.n)
	}
	return c.method + "()"
}

// nothing is what Inc and Add return.
type nothing struct{}

func (nothing) String() string { return "" }

// recorded is a counter of which every call is recorded.
type recorded struct {
	x *interleave.Run
	c *counter.Counter
}

func (r recorded) inc(who client) {
	interleave.Call(r.x, int(who), call{who, "Inc", 1}, func() nothing { r.c.Inc(); return nothing{} })
}

func (r recorded) add(who client, n int64) {
	interleave.Call(r.x, int(who), call{who, "Add", n}, func() nothing { r.c.Add(n); return nothing{} })
}

func (r recorded) value(who client) { interleave.Call(r.x, int(who), call{who, "Value", 0}, r.c.Value) }

func (r recorded) reset(who client) { interleave.Call(r.x, int(who), call{who, "Reset", 0}, r.c.Reset) }

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
		c := input.(call)
		if output == (nothing{}) {
			return fmt.Sprintf("%s calls %s", c.who, c)
		}
		return fmt.Sprintf("%s calls %s, which returns %d", c.who, c, output)
	},
}
