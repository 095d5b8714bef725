package join_test

import (
	"context"
	"testing"

	"scalelab/pkg/check"
)

func TestWaitsForEveryTask(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, limit := range []int{0, 1} {
			explore(t, func(s *scene) {
				home := make(chan struct{})
				s.x.Name(home, "the way home")
				s.start(limit, 2, func(context.Context, int) (string, error) {
					<-home
					return "", nil
				})
				s.x.Settle() // whoever looks again and again never lets it return
				if s.returned.Get() {
					s.mustBeDone()
				}
				close(home)
				s.x.Settle()
				woken := s.returned.Get()
				s.call.Wait()
				if !woken {
					s.x.Errorf("Nothing holds the two tasks up any more (the limit is %d). But All goes on only when time has passed: nobody wakes it, it sleeps", limit)
				}
			})
			explore(t, func(s *scene) {
				s.all(context.Background(), limit, 2, func(context.Context, int) (string, error) {
					return "", nil
				})
				s.mustBeDone()
			})
		}
	})
}

// mustBeDone demands that every task has begun and returned.
func (s *scene) mustBeDone() {
	for _, t := range s.tasks {
		if t.began.Get() == 0 {
			s.x.Errorf("No task has failed. All has returned, but task %d has not even begun", t.number)
		}
	}
	s.nobodyIsOut("No task has failed.")
}

func TestAsManyAtOnceAsTheLimitAllows(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, func(s *scene) { s.mustUsePlaces(0, 3) })
		explore(t, func(s *scene) { s.mustUsePlaces(2, 3) })
		explore(t, func(s *scene) { s.mustUsePlaces(5, 2) })
	})
}

// mustUsePlaces demands that as many tasks are running as there are places, and so again whenever one has returned.
func (s *scene) mustUsePlaces(limit, tasks int) {
	home := make(chan struct{})
	s.x.Name(home, "the way home")
	s.start(limit, tasks, func(context.Context, int) (string, error) {
		<-home
		return "", nil
	})
	for left := tasks; left > 0; left-- {
		s.x.Settle()
		could := left
		if limit > 0 {
			could = min(left, limit)
		}
		if n := s.running(); n < could {
			s.x.Errorf("With a limit of %d, %d tasks, and %d of them back, %d should be running now, not %d", limit, tasks, tasks-left, could, n)
		}
		home <- struct{}{}
	}
	s.call.Wait()
}

func TestNeverMoreThanTheLimit(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, limit := range []int{1, 2} {
			explore(t, func(s *scene) {
				s.all(context.Background(), limit, 3, func(context.Context, int) (string, error) {
					if n := s.running(); n > limit {
						s.x.Errorf("The limit is %d, but %d tasks are running at the same time", limit, n)
					}
					return "", nil
				})
			})
		}
	})
}
