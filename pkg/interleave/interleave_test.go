package interleave

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/det/sync"
	"scalelab/pkg/interleave/sched"
)

// explored explores body, which uses the drop-ins itself.
func explored(o Options, body func(x *Run)) *Report {
	e := newExplorer(o.filled(), 7, body)
	e.explore()
	return e.report
}

// crossed locks two locks in both orders.
func crossed(x *Run) { cross(x) }

func cross(x *Run) *sync.WaitGroup {
	var wg sync.WaitGroup
	wg.Add(2)
	var a, b sync.Mutex
	x.Name(&a, "ann's account")
	x.Name(&b, "bob's account")
	both := func(first, second *sync.Mutex) func() {
		return func() { first.Lock(); second.Lock(); second.Unlock(); first.Unlock(); wg.Done() }
	}
	x.Go("ann", both(&a, &b))
	x.Go("bob", both(&b, &a))
	return &wg
}

func TestDeadlockIsToldWithNamesAndRing(t *testing.T) {
	r := explored(Options{}, func(x *Run) { cross(x).Wait() })
	f := r.Failure
	require.NotNil(t, f)
	require.Equal(t, Deadlock, f.Kind)
	require.Equal(t, []int{1, 2}, f.Cycle)
	require.Equal(t, 1, f.Preemptions)
	require.Contains(t, f.Story(), "ann holds ann's account and waits to lock bob's account.")
	require.Contains(t, f.Story(), "bob holds bob's account and waits to lock ann's account.")
}

func TestBlockedAfterTheEndIsALeak(t *testing.T) {
	r := explored(Options{}, crossed)
	require.Equal(t, Leak, r.Failure.Kind)
	require.Contains(t, r.Summary(), "goroutine leak in schedule")
}

func TestTokenRepeatsTheExecutionAndKnowsItsCode(t *testing.T) {
	found := explored(Options{}, crossed).Failure
	for _, token := range []string{found.Token, "check/digest/" + found.Token} {
		again, err := Replay(token, Options{}, crossed)
		require.NoError(t, err)
		require.Equal(t, found.Listing(), again.Failure.Listing())
		require.Equal(t, found.Story(), again.Failure.Story())
	}
	_, err := Replay(found.Token, Options{}, func(*Run) {})
	require.ErrorIs(t, err, errOtherCode)
	_, err = Replay("nonsense", Options{}, crossed)
	require.Error(t, err)
}

func TestOtherScenariosArePassedOverInAReplay(t *testing.T) {
	token := explored(Options{}, crossed).Failure.Token
	require.Nil(t, newExplorer(Options{}.filled(), 8, crossed).replayIfMine(token))
	require.NotNil(t, newExplorer(Options{}.filled(), 7, crossed).replayIfMine(token).Failure)
	require.Contains(t, newExplorer(Options{}.filled(), 7, func(*Run) {}).replayIfMine(token).Unjudged, "other code")
}

func TestTokensAreReadAsTheyAreWritten(t *testing.T) {
	p := recipe{segments: []sched.Segment{{Task: 0, Steps: 12}, {Task: 3, Steps: 1}}, choices: []int32{0, 2}}
	c := sched.Config{YieldUnlock: true, YieldAt: map[string]bool{"a.go:1": true, "b.go:22": true}}
	got, err := decode(encode(4, c, p, "cafe0123"))
	require.NoError(t, err)
	require.Equal(t, parsed{number: 4, unlock: true, yieldAt: c.YieldAt, recipe: p, print: "cafe0123"}, got)
}

func TestOnlyAFinishedEnumerationIsCalledExhaustive(t *testing.T) {
	body := func(*Run) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { mu.Lock(); mu.Unlock() })
		}
		wg.Wait()
	}
	all := explored(Options{Random: 10}, body)
	require.Equal(t, 2, all.Exhaustive)
	require.Regexp(t, `^no failure in \d+ schedules, among them all with up to 2 pre-emptions$`, all.Summary())
	some := explored(Options{Random: 10, Schedules: 1}, body)
	require.Equal(t, -1, some.Exhaustive)
	require.Equal(t, "no failure in 11 schedules", some.Summary())
}

func TestMessagesOfRequireLoseTracesAndKeepWords(t *testing.T) {
	r := explored(Options{}, func(x *Run) { require.Equal(x, 2, 1, "two and two") })
	require.Equal(t, WrongResult, r.Failure.Kind)
	require.Equal(t, "two and two\nNot equal:\nexpected: 2\nactual  : 1", r.Failure.Message)
	require.Contains(t, r.Failure.Site.String(), "interleave_test.go:")
}

func TestTryingALockMakesUnlockingAPoint(t *testing.T) {
	missed := false
	r := explored(Options{Random: -1}, func(*Run) {
		var mu sync.Mutex
		sched.Go(nil, func() { mu.Lock(); mu.Unlock() })
		if mu.TryLock() {
			mu.Unlock()
		} else {
			missed = true
		}
	})
	require.Nil(t, r.Failure)
	require.Equal(t, 2, r.Exhaustive)
	require.True(t, missed)
}

func TestALateAddIsToldAsSuch(t *testing.T) {
	r := explored(Options{}, func(*Run) {
		var late, wg sync.WaitGroup
		late.Add(1)
		wg.Add(1)
		sched.Go(nil, func() { late.Done(); wg.Done() })
		sched.Go(nil, func() { late.Add(1); late.Done() })
		wg.Wait()
		late.Wait()
	})
	require.Equal(t, DataRace, r.Failure.Kind)
	require.Regexp(t, `^Data race\. goroutine 2 adds to a WaitGroup \(interleave_test\.go:\d+\), and nothing makes that happen before main waits for it \(interleave_test\.go:\d+\): Wait may not know of it\.`, r.Failure.Story())
}

func TestAGraderCanForbidNativeRuns(t *testing.T) {
	ran := 0
	require.Empty(t, Find(Options{Native: 3}, func(*Run) { ran++ }).Unjudged)
	require.Equal(t, 3, ran)
	t.Setenv(ControlVariable, "1")
	require.Contains(t, Find(Options{}, func(*Run) { ran++ }).Unjudged, "without the rewriter")
	require.Equal(t, 3, ran)
}

func TestAnEndlessListingIsFolded(t *testing.T) {
	f := &Failure{}
	for i := range 1000 {
		f.Events = append(f.Events, Event{Index: i, Op: fmt.Sprint(max(0, i-5) % 3)})
	}
	f.fold()
	require.Equal(t, 3, f.Repeats)
	require.Less(t, len(f.Events), 12)
}

func BenchmarkSchedule(b *testing.B) {
	workers := new(sched.Workers)
	defer workers.Close()
	for b.Loop() {
		sched.Run(sched.Config{Steps: 5000, FairAfter: 1000, Workers: workers}, sched.RandomWalk(1, 1), func() {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() { mu.Lock(); mu.Unlock() })
			}
			wg.Wait()
		})
	}
}
