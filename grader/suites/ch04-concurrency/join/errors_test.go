package join_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

var (
	errAvalanche = errors.New("an avalanche")
	errFog       = errors.New("fog on the mountain") // why the context ends; its error is another one
)

// stayOut waits until the task is called home, and tells whether it was before the evening.
func stayOut(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-time.After(10 * time.Hour):
		return false
	}
}

// fails is what tasks do of which one fails: the others stay out until they are called home, and return the error of their context.
func fails(failing int) work {
	return func(ctx context.Context, number int) (string, error) {
		if number == failing {
			return "", errAvalanche
		}
		stayOut(ctx)
		return "", ctx.Err()
	}
}

func TestTheFirstErrorIsReturned(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, failing := range []int{0, 1} {
			explore(t, func(s *scene) {
				_, err := s.all(context.Background(), 0, 2, fails(failing))
				s.mustBeAvalanche(failing, err)
			})
		}
		explore(t, func(s *scene) {
			_, err := s.all(context.Background(), 1, 3, func(ctx context.Context, number int) (string, error) {
				if number == 1 {
					return "", errAvalanche
				}
				return report(number), nil
			})
			s.mustBeAvalanche(1, err)
		})
	})
}

func (s *scene) mustBeAvalanche(failing int, err error) {
	switch {
	case err == nil:
		s.x.Errorf("Task %d has failed: %q. But All returned a nil error", failing, errAvalanche)
	case !errors.Is(err, errAvalanche):
		s.x.Errorf("Task %d was the first to fail: %q. But All returned the error %q", failing, errAvalanche, err)
	}
}

func TestAnErrorCallsTheOthersHome(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, failing := range []int{0, 1} {
			explore(t, func(s *scene) {
				s.all(context.Background(), 0, 2, func(ctx context.Context, number int) (string, error) {
					if number == failing {
						return "", errAvalanche
					}
					if !stayOut(ctx) && s.tasks[failing].ended.Get() > 0 {
						s.x.Errorf("Task %d failed hours ago, but the context of task %d has not ended", failing, number)
					}
					return "", ctx.Err()
				})
			})
		}
		for _, limit := range []int{0, 1} {
			explore(t, func(s *scene) {
				s.all(context.Background(), limit, 2, func(ctx context.Context, number int) (string, error) {
					if ctx.Err() != nil {
						s.x.Errorf("No task has failed, but the context of task %d has ended while it was running", number)
					}
					return "", nil
				})
			})
		}
	})
}

func TestNobodyElseIsSentOutAfterAnError(t *testing.T) {
	everybodyFails := func(context.Context) error { return errAvalanche }
	nobodyElseFails := func(ctx context.Context) error { stayOut(ctx); return nil }
	check.Run(t, func(t *check.T) {
		explore(t, func(s *scene) { s.mustSendOutNobodyElse(1, everybodyFails) })
		explore(t, func(s *scene) { s.mustSendOutNobodyElse(2, everybodyFails) })
		explore(t, func(s *scene) { s.mustSendOutNobodyElse(2, nobodyElseFails) })
	})
}

// mustSendOutNobodyElse lets the first task of three fail, whichever it is. There are fewer places, so one task gets none before that.
func (s *scene) mustSendOutNobodyElse(limit int, others func(context.Context) error) {
	var failed interleave.Note[bool]
	s.all(context.Background(), limit, 3, func(ctx context.Context, number int) (string, error) {
		if started := s.started(); failed.Get() && started > limit && s.running() < started {
			s.x.Errorf("The limit is %d, and a task has failed: nobody else may be sent out. But task %d is started", limit, number)
		}
		if !failed.Get() {
			failed.Set(true)
			return "", errAvalanche
		}
		return "", others(ctx)
	})
}

func TestNobodyStaysOnTheMountain(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, limit := range []int{0, 2} {
			explore(t, func(s *scene) {
				s.all(context.Background(), limit, 3, func(ctx context.Context, number int) (string, error) {
					if number == 0 {
						return "", errAvalanche
					}
					stayOut(ctx)
					return "", ctx.Err()
				})
				s.nobodyIsOut("Task 0 has failed.")
			})
		}
		explore(t, func(s *scene) {
			ctx, end := context.WithCancel(context.Background())
			s.all(ctx, 0, 2, func(ctx context.Context, number int) (string, error) {
				end()
				return "", ctx.Err()
			})
			s.nobodyIsOut("The context has ended.")
		})
	})
}

func TestTheEndOfTheContext(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, limit := range []int{0, 1} {
			explore(t, func(s *scene) {
				ctx, end := context.WithCancel(context.Background())
				end()
				_, err := s.all(ctx, limit, 2, atOnce)
				if s.started() > 0 {
					s.x.Errorf("The context had ended before All was called, but a task was started")
				}
				s.mustBeCancelled(ctx, err)
			})
		}
		explore(t, func(s *scene) {
			ctx, end := context.WithCancel(context.Background())
			s.x.Go("caretaker", end)
			_, err := s.all(ctx, 0, 2, func(ctx context.Context, number int) (string, error) {
				if !stayOut(ctx) {
					s.x.Errorf("The context of All ended hours ago, but that of task %d has not", number)
				}
				return "", ctx.Err()
			})
			s.mustBeCancelled(ctx, err)
		})
		explore(t, func(s *scene) {
			ctx, end := context.WithCancelCause(context.Background())
			s.x.Go("caretaker", func() { end(errFog) })
			_, err := s.all(ctx, 0, 2, func(ctx context.Context, _ int) (string, error) {
				stayOut(ctx)
				return "", ctx.Err()
			})
			s.mustBeCancelled(ctx, err)
		})
		explore(t, func(s *scene) {
			ctx, end := context.WithCancel(context.Background())
			_, err := s.all(ctx, 1, 2, func(_ context.Context, number int) (string, error) {
				if s.started() > 1 && ctx.Err() != nil {
					s.x.Errorf("The limit is 1, and the context ended while another task had the only place. But task %d is started", number)
				}
				end()
				return report(number), nil
			})
			s.mustBeCancelled(ctx, err)
		})
	})
}

func (s *scene) mustBeCancelled(ctx context.Context, err error) {
	switch {
	case err == nil:
		s.x.Errorf("The context has ended before every task was done, but All returned a nil error")
	case !errors.Is(err, ctx.Err()):
		s.x.Errorf("The context has ended, and no task has failed before. All must return its error, %q; it returned %q", ctx.Err(), err)
	}
}
