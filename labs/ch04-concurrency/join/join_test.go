package join_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/join"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/join
//
// Each of them gives a scenario to interleave.Explore, which runs it several times. Here, in plain `go test`, chance decides which
// goroutine goes first. The grader runs such scenarios in every order that matters.

// task is what All is given; its result is a report.
type task = func(context.Context) (string, error)

func reporting(what string) task {
	return func(context.Context) (string, error) { return what, nil }
}

func TestTheReportsLieInTheOrderOfTheList(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		lift := make(chan struct{})
		slowest := func(context.Context) (string, error) {
			<-lift // the report of the slopes comes after that of the lift
			return "fresh snow", nil
		}
		second := func(context.Context) (string, error) {
			close(lift)
			return "the lift squeaks", nil
		}
		reports, err := join.All(context.Background(), 0, slowest, second, reporting("the strudel is in the oven"))
		require.NoError(x, err)
		require.Equal(x, []string{"fresh snow", "the lift squeaks", "the strudel is in the oven"}, reports)
	})
}

func TestNobodyToSendOut(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		reports, err := join.All[string](context.Background(), 2)
		require.NoError(x, err)
		require.Empty(x, reports)
	})
}

func TestTwoSnowmobilesForFour(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		var out interleave.Note[int] // a variable that needs no lock, for tests
		ride := func(context.Context) (string, error) {
			out.Update(func(n int) int { return n + 1 })
			require.LessOrEqual(x, out.Get(), 2, "there are two snowmobiles; so many are out")
			out.Update(func(n int) int { return n - 1 })
			return "back", nil
		}
		reports, err := join.All(context.Background(), 2, ride, ride, ride, ride)
		require.NoError(x, err)
		require.Len(x, reports, 4)
	})
}

func TestAnAvalancheCallsEverybodyHome(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		avalanche := errors.New("an avalanche on slope 7")
		var home interleave.Note[bool]
		out := make(chan struct{})
		checkSlopes := func(context.Context) (string, error) {
			<-out
			return "", avalanche
		}
		rideLift := func(ctx context.Context) (string, error) {
			close(out)
			<-ctx.Done() // until the radio crackles
			home.Set(true)
			return "", ctx.Err()
		}
		_, err := join.All(context.Background(), 0, rideLift, checkSlopes)
		require.ErrorIs(x, err, avalanche, "the avalanche came first; the other error is only a consequence")
		require.True(x, home.Get(), "nobody stays on the mountain")
	})
}
