// Package join_test is the hidden suite of the lab join. The rules stand in the lab's lab.yaml.
//
//	suite_test.go    what All returns, what it refuses, what it leaves behind
//	waiting_test.go  when All returns, and how many tasks run at the same time
//	errors_test.go   what happens when a task fails or the context ends
//
// Each check is a scene of two or three tasks, played in every order that matters (package interleave). Time is virtual.
package join_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/join"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestResultsStandInTheOrderOfTheTasks(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, limit := range []int{0, 2} {
			explore(t, func(s *scene) { s.mustReport(limit, 3, lastOneFirst) })
			explore(t, func(s *scene) { s.mustReport(limit, 2, atOnce) })
			explore(t, func(s *scene) { s.mustReport(limit, 0, atOnce) })
		}
	})
}

func atOnce(_ context.Context, number int) (string, error) { return report(number), nil }

func lastOneFirst(_ context.Context, number int) (string, error) {
	time.Sleep(time.Duration(3-number) * time.Millisecond)
	return report(number), nil
}

func report(number int) string { return fmt.Sprint("report ", number) }

// mustReport demands that so many tasks are run once each, and that their results come in the right order.
func (s *scene) mustReport(limit, tasks int, does work) {
	results, err := s.all(context.Background(), limit, tasks, does)
	require.NoError(s.x, err, "no task has failed")
	require.Len(s.x, results, tasks, "the results of %d tasks", tasks)
	for number, t := range s.tasks {
		require.Equal(s.x, 1, t.began.Get(), "how often task %d has begun when All has returned", number)
		if results[number] != report(number) {
			s.x.Errorf("Result %d must be that of task %d, %q; it is %q", number, number, report(number), results[number])
		}
	}
}

func TestRefusesWhatMakesNoSense(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, func(s *scene) {
			s.mustRefuse("a limit of -1", -1, 0)
			s.mustRefuse("a second task that is nil", 0, 1)
			s.mustRefuse("a second task that is nil", 1, 1)
		})
	})
}

// mustRefuse demands a panic of All with one good task and some that are nil.
func (s *scene) mustRefuse(what string, limit, nils int) {
	var started interleave.Note[bool]
	tasks := make([]func(context.Context) (int, error), 1+nils)
	tasks[0] = func(context.Context) (int, error) { started.Set(true); return 0, nil }
	message, panicked := check.PanicOf(func() { join.All(context.Background(), limit, tasks...) })
	switch {
	case !panicked:
		s.x.Errorf("All with %s returned; it must panic", what)
	case !strings.Contains(message, "join"):
		s.x.Errorf("All with %s panicked with %q; the message must contain \"join\"", what, message)
	}
	s.x.Settle()
	require.False(s.x, started.Get(), "All with %s panicked, but has started a task", what)
}

func TestLeavesNoGoroutine(t *testing.T) {
	fail := func(context.Context, int) (string, error) { return "", errAvalanche }
	check.Run(t, func(t *check.T) {
		for _, limit := range []int{0, 1} {
			for _, does := range []work{atOnce, fail} {
				interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
					s := &scene{x: x}
					s.all(context.Background(), limit, 2, does)
				})
			}
		}
	})
}
