package lab_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave"
	"scalelab/pkg/interleave/rewrite/testdata/lab"
)

func TestOneAtATime(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		g := lab.NewGate(1)
		var wg sync.WaitGroup
		inside := 0
		for range 2 {
			wg.Add(1)
			go func() {
				g.Enter()
				inside++
				require.Equal(x, 1, inside, "one at a time")
				inside--
				g.Leave(&wg)
			}()
		}
		wg.Wait()
	})
}

func TestEnterBlocks(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		g := lab.NewGate(1)
		g.Enter()
		var entered bool
		var mu sync.Mutex
		var wg sync.WaitGroup
		wg.Add(2)
		x.Go("second", func() {
			g.Enter()
			mu.Lock()
			entered = true
			mu.Unlock()
			g.Leave(&wg)
		})
		x.Settle()
		mu.Lock()
		require.False(x, entered, "Enter blocks while the gate is full")
		mu.Unlock()
		g.Leave(&wg)
		wg.Wait()
	})
}

func TestCountRaces(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		g := lab.NewGate(1)
		go g.Enter()
		_ = g.Count()
	})
}
