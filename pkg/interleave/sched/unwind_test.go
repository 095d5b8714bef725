package sched_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"scalelab/pkg/interleave/det/context"
	"scalelab/pkg/interleave/det/sync"
	"scalelab/pkg/interleave/det/time"
	"scalelab/pkg/interleave/sched"
)

func TestLeftoversAreUnwoundAndRecoverCannotStopIt(t *testing.T) {
	defer goleak.VerifyNone(t)
	deferred := 0
	r := run(1, func() {
		var mu sync.Mutex
		for range 3 {
			sched.Go(here, func() {
				defer func() { deferred++ }()
				for {
					func() {
						defer func() { _ = recover() }()
						mu.Lock()
						defer mu.Unlock()
						sched.From(sched.Made(make(chan int))).Recv(here)
					}()
				}
			})
		}
		sched.Current().Settle()
		panic("the end")
	})
	require.Equal(t, sched.Panic, r.Failure.Kind)
	require.Equal(t, "panic: the end", r.Failure.Message)
	require.Equal(t, 3, deferred)
}

func TestALoopWithoutOperationsIsALivelock(t *testing.T) {
	r := run(1, func() {
		for {
			sched.Tick(here)
		}
	})
	require.Equal(t, sched.Livelock, r.Failure.Kind)
}

func TestARacyWaitLoopLetsTheOthersGoOn(t *testing.T) {
	done := false
	r := run(1, func() {
		sched.Go(here, func() { sched.At(&done, here).Set(true) })
		for !sched.Load(&done, here) {
			sched.Tick(here)
		}
	})
	require.Nil(t, r.Failure)
	require.NotEmpty(t, r.Races)
}

func TestAStrangeGoroutineIsNotJudged(t *testing.T) {
	r := run(1, func() {
		var mu sync.Mutex
		over := make(chan struct{})
		go func() {
			defer close(over)
			mu.Lock()
		}()
		<-over
	})
	require.Equal(t, sched.Unjudged, r.Failure.Kind)
	require.Contains(t, r.Failure.Message, "a goroutine that the scheduler does not know")
}

func TestAChannelMadeElsewhereIsNotJudged(t *testing.T) {
	c := make(chan int)
	r := run(1, func() { sched.From(c).Recv(here) })
	require.Equal(t, sched.Unjudged, r.Failure.Kind)
}

func TestTheContextOfTheTestCanBeAParent(t *testing.T) {
	r := run(1, func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		sched.From(ctx.Done()).Recv(here)
	})
	require.Nil(t, r.Failure)
}

func TestTooManyGoroutinesAreAResourceLimit(t *testing.T) {
	r := run(1, func() {
		for range 3000 {
			sched.Go(here, func() {})
		}
	})
	require.Equal(t, sched.ResourceLimit, r.Failure.Kind)
}

func TestExecutionsRepeatThemselves(t *testing.T) {
	body := func() {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() { mu.Lock(); time.Sleep(time.Duration(i)); mu.Unlock() })
		}
		wg.Wait()
	}
	config := plain
	config.Trace = true
	first := sched.Run(config, sched.RandomWalk(3, 5), body)
	require.NotEmpty(t, first.Events)
	again := sched.Run(config, &sched.Guided{Segments: sched.Segments(first.Schedule), Choices: first.Choices}, body)
	require.Equal(t, first.Schedule, again.Schedule)
	require.Equal(t, len(first.Events), len(again.Events))
}
