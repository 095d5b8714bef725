package interleave

import (
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/det/sync"
	"scalelab/pkg/interleave/internal/elsewhere"
	"scalelab/pkg/interleave/sched"
)

// What suites keep to themselves: notes, operations told at their caller, leftovers that are nobody's fault.

func TestNotesAreNoSchedulingPointsAndNoRaces(t *testing.T) {
	r := explored(Options{Random: -1}, func(x *Run) {
		var n Note[int]
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { n.Update(func(n int) int { return n + 1 }) })
		}
		wg.Wait()
		require.Equal(x, 2, n.Get())
		n.Set(5)
		require.Equal(x, 5, n.Get())
	})
	require.Nil(t, r.Failure)
	require.Less(t, r.Schedules, 40, "only starting and waiting are scheduling points")
}

// lender hands out a lock that is a thing of the suite's.
type lender struct{ mu sync.Mutex }

func (l *lender) lock()   { l.mu.Lock() }
func (l *lender) unlock() { l.mu.Unlock() }

func TestOperationsAreToldAtTheCallerOfTheSuite(t *testing.T) {
	r := explored(Options{}, func(x *Run) {
		l := &lender{}
		elsewhere.Call(l.lock)
		elsewhere.Call(func() {
			defer l.unlock()
			elsewhere.Call(l.lock)
		})
	})
	require.Equal(t, Deadlock, r.Failure.Kind)
	require.Contains(t, r.Failure.Story(), "main waits to lock mutex 1 (elsewhere.go:5), which it holds itself since elsewhere.go:5.")
}

func TestWithoutACallerElsewhereOperationsAreToldWhereTheyStand(t *testing.T) {
	r := explored(Options{}, func(x *Run) {
		l := &lender{}
		l.unlock()
	})
	require.Equal(t, Panic, r.Failure.Kind)
	require.Contains(t, r.Failure.Site.String(), "suite_test.go:")
}

func TestLeftoversAreAFailureUnlessTheScenarioSaysOtherwise(t *testing.T) {
	for _, body := range []func(*Run){
		func(*Run) { sched.Go(nil, func() { var mu sync.Mutex; mu.Lock(); mu.Lock() }) },
		func(*Run) {
			sched.Go(nil, func() {
				for {
					sched.Yield()
				}
			})
		},
	} {
		require.Equal(t, Leak, explored(Options{Random: 3}, body).Failure.Kind)
		require.Nil(t, explored(Options{Random: 3, Preemptions: -1, Leftovers: true}, body).Failure)
	}
	wrong := explored(Options{Leftovers: true}, func(x *Run) {
		sched.Go(nil, func() { var mu sync.Mutex; mu.Lock(); mu.Lock() })
		require.Equal(x, 1, 2)
	})
	require.Equal(t, WrongResult, wrong.Failure.Kind, "all else is still a failure")
}

// raceOnANumber lets somebody write a number while main reads it, and says what it has read.
func raceOnANumber(then func(x *Run, read int)) func(x *Run) {
	wrote, read := &sched.Site{File: "a.go", Line: 1, Text: "n"}, &sched.Site{File: "a.go", Line: 2, Text: "n"}
	return func(x *Run) {
		n := new(int)
		sched.Go(nil, func() { sched.At(n, wrote).Set(1) })
		then(x, sched.Load(n, read))
	}
}

func TestARaceIsAFailureUnlessTheScenarioWantsHarm(t *testing.T) {
	tame := raceOnANumber(func(*Run, int) {})
	require.Equal(t, DataRace, explored(Options{}, tame).Failure.Kind)
	r := explored(Options{Races: true}, tame)
	require.Nil(t, r.Failure)
	require.Equal(t, 2, r.Exhaustive, "the exploration goes on")

	harm := explored(Options{Races: true}, raceOnANumber(func(x *Run, read int) { require.Equal(x, 0, read) }))
	require.Equal(t, DataRace, harm.Failure.Kind)
	require.Equal(t, WrongResult, harm.Failure.Damage.Kind)

	wrong := explored(Options{Races: true}, raceOnANumber(func(x *Run, _ int) { require.Equal(x, 1, 2) }))
	require.Equal(t, WrongResult, wrong.Failure.Kind, "all else is still a failure")
}

// stepAside takes two locks, each time the other one first when the second is taken.
func stepAside(first, second *sync.Mutex) {
	for {
		first.Lock()
		if second.TryLock() {
			break
		}
		first.Unlock()
		first, second = second, first
	}
	second.Unlock()
	first.Unlock()
}

func TestEarlyTurnsShowALivelockOfTwoInStep(t *testing.T) {
	body := func(x *Run) {
		var a, b sync.Mutex
		var wg sync.WaitGroup
		wg.Add(2)
		x.Go("ann", func() { stepAside(&a, &b); wg.Done() })
		x.Go("bob", func() { stepAside(&b, &a); wg.Done() })
		wg.Wait()
	}
	require.Nil(t, explored(Options{}, body).Failure, "chance does not keep two in step for a thousand steps")
	f := explored(Options{Turns: 12}, body).Failure
	require.NotNil(t, f)
	require.Equal(t, Livelock, f.Kind)
	require.Contains(t, f.Story(), "took turns from step 12 on")
	require.Positive(t, f.Repeats)
}

func TestWhatTheCodeUnderTestPrintsIsNotPrinted(t *testing.T) {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	before := os.Stdout
	os.Stdout = write
	r := explored(Options{Random: 20}, func(*Run) { fmt.Println("Put was called") })
	fmt.Println("after")
	os.Stdout = before
	require.NoError(t, write.Close())
	said, err := io.ReadAll(read)
	require.NoError(t, err)
	require.Nil(t, r.Failure)
	require.Equal(t, "after\n", string(said))
}
