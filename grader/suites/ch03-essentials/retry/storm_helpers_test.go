package retry_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
)

// storm is many machines at a bank that is well or down. Only sums over all machines are looked at: it does not matter who
// of them gets a token.
type storm struct {
	budget   *retry.Budget
	machines int
	attempts int // MaxAttempts of each call

	mu    sync.Mutex
	well  bool
	calls int // that the bank has got in this second
}

// second is one second of a storm, and the calls that the bank gets in it.
type second struct {
	well  bool
	calls int
}

func newStorm(budget *retry.Budget) *storm { return &storm{budget: budget, machines: 100, attempts: 4} }

func (st *storm) op(context.Context) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.calls++
	if st.well {
		return nil
	}
	return &retry.Refused{Cause: errBusy}
}

// expect plays the seconds and demands that the bank gets so many calls in each.
func (st *storm) expect(t *check.T, seconds ...second) {
	t.Helper()
	got := make([]int, len(seconds))
	for i, s := range seconds {
		got[i] = st.pass(t.Context(), s.well)
	}
	for i, s := range seconds {
		if got[i] != s.calls {
			check.Show(t, check.Evidence{Kind: "load", Title: "Calls that the bank gets, second by second", Text: st.table(seconds, got, i)})
		}
		require.Equal(t, s.calls, got[i], fmt.Sprintf("calls that a bank that is %s gets in second %d from %d machines with a budget of 20 tokens, "+
			"to which each success gives back 0.125", state(s.well), i, st.machines))
	}
}

// step lies between the calls of two machines. No sum of their sleeps is a multiple of it, so nobody acts in the same moment as
// somebody else, and what happens does not depend on who is faster. What machines do to a budget in the same moment is judged by
// TestBudgetCountsEveryToken.
const step = 1001 * time.Microsecond

// pass is one second: every machine calls Do once, and all of them come to an end.
func (st *storm) pass(ctx context.Context, well bool) int {
	st.mu.Lock()
	st.well, st.calls = well, 0
	st.mu.Unlock()
	var all sync.WaitGroup
	for i := range st.machines {
		all.Go(func() {
			time.Sleep(time.Duration(i) * step)
			st.deposit(ctx)
		})
	}
	all.Wait()
	time.Sleep(time.Second)
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.calls
}

// table shows the load with and without a budget, as bars.
func (st *storm) table(seconds []second, got []int, look int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d machines call Do once a second, with %d attempts at most.\n\n", st.machines, st.attempts)
	fmt.Fprintf(&text, "  second  the bank  no budget  20 tokens  your calls\n")
	for i, s := range seconds {
		without := st.machines
		if !s.well {
			without *= st.attempts
		}
		mark := " "
		if i == look {
			mark = "◆"
		}
		fmt.Fprintf(&text, "%s %6d  is %-5s  %9d  %9d  %10d  %s\n", mark, i, state(s.well), without, s.calls, got[i], bar(got[i]))
	}
	return text.String()
}

// bar is a block for every ten calls.
func bar(calls int) string { return strings.Repeat("█", min(calls/10, 45)) }

func state(well bool) string {
	if well {
		return "well"
	}
	return "down"
}
