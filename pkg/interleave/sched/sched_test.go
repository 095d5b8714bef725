package sched_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/det/context"
	"scalelab/pkg/interleave/det/sync"
	"scalelab/pkg/interleave/det/time"
	"scalelab/pkg/interleave/sched"
)

var plain = sched.Config{Steps: 10000, FairAfter: 2000}

func run(seed uint64, body func()) *sched.Result {
	return sched.Run(plain, sched.RandomWalk(1, seed), body)
}

var here = &sched.Site{File: "x.go", Line: 1, Text: "x"}

func TestLockedCounterHasNoRaceAndLosesNothing(t *testing.T) {
	for seed := range uint64(200) {
		n := 0
		r := run(seed, func() {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					mu.Lock()
					sched.Inc(sched.At(&n, here))
					mu.Unlock()
				})
			}
			wg.Wait()
			require.Equal(t, 3, sched.Load(&n, here))
		})
		require.Nil(t, r.Failure)
		require.Empty(t, r.Races)
	}
}

func TestUnlockedCounterRaces(t *testing.T) {
	n := 0
	r := run(1, func() {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { sched.Inc(sched.At(&n, here)) })
		}
		wg.Wait()
	})
	require.Nil(t, r.Failure)
	require.NotEmpty(t, r.Races)
}

func TestATimerRacesWithWhatFollowsIt(t *testing.T) {
	races := func(before, after int) []sched.Race {
		n := 0
		r := run(1, func() {
			var wg sync.WaitGroup
			wg.Add(1)
			for range before {
				sched.Inc(sched.At(&n, here))
			}
			time.AfterFunc(time.Minute, func() { defer wg.Done(); sched.Inc(sched.At(&n, here)) })
			for range after { // there is still one task only
				sched.Inc(sched.At(&n, here))
			}
			wg.Wait()
		})
		require.Nil(t, r.Failure)
		return r.Races
	}
	require.Empty(t, races(1, 0))
	require.NotEmpty(t, races(0, 1))
}

func TestWhatWasDoneAloneRacesWithNothing(t *testing.T) {
	n := 0
	r := run(1, func() {
		var wg sync.WaitGroup
		sched.Inc(sched.At(&n, here))
		wg.Go(func() { sched.Load(&n, here) })
		sched.Load(&n, here)
		wg.Wait()
	})
	require.Nil(t, r.Failure)
	require.Empty(t, r.Races)
}

func TestDeadlockIsExactAndNamesTheCycle(t *testing.T) {
	found := 0
	for seed := range uint64(100) {
		r := run(seed, func() {
			var a, b sync.Mutex
			var wg sync.WaitGroup
			wg.Go(func() { a.Lock(); b.Lock(); b.Unlock(); a.Unlock() })
			wg.Go(func() { b.Lock(); a.Lock(); a.Unlock(); b.Unlock() })
			wg.Wait()
		})
		if r.Failure != nil {
			require.Equal(t, sched.Deadlock, r.Failure.Kind)
			require.Equal(t, []int{1, 2}, r.Failure.Cycle)
			found++
		}
	}
	require.Greater(t, found, 5)
	require.Less(t, found, 95)
}

func TestTimeOutLeavesALeak(t *testing.T) {
	r := run(1, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		ch := sched.Made(make(chan int))
		sched.Go(here, func() { time.Sleep(2 * time.Second); sched.To(ch).Send(1, here) })
		got, over := sched.From(ch).Case(here), sched.From(ctx.Done()).Case(here)
		require.Equal(t, 1, sched.Select(here, false, got.C(), over.C()))
		require.Equal(t, context.DeadlineExceeded, ctx.Err())
	})
	require.NotNil(t, r.Failure)
	require.Equal(t, sched.Leak, r.Failure.Kind)
	require.Len(t, r.Failure.Blocked, 1)
}
