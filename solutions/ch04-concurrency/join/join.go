package join

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// All runs the tasks at the same time, at most limit of them at once (0 means no limit), and waits for all that it has started. It
// returns their results in the order of the tasks.
//
// The first error cancels the context of the tasks that are running; those that are not started yet never are; and All returns
// that error. The end of ctx counts as an error. All panics with a message that contains "join" if limit is negative or a task is
// nil.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	mustMakeSense(limit, tasks)
	if limit == 0 {
		limit = len(tasks)
	}
	caller := ctx
	ctx, cancel := context.WithCancelCause(caller) // it keeps the first error that it is cancelled with
	defer cancel(nil)

	results := make([]T, len(tasks))
	places := make(chan struct{}, limit)
	var started sync.WaitGroup
	for i, task := range tasks {
		places <- struct{}{}  // first a place,
		if ctx.Err() != nil { // and then the question, because much may have happened while we waited
			break
		}
		started.Go(func() {
			defer func() { <-places }()
			result, err := task(ctx)
			if err != nil {
				cancel(err)
				return
			}
			results[i] = result // nobody else writes here
		})
	}
	started.Wait()
	if ctx.Err() != nil {
		return nil, firstError(caller, ctx)
	}
	return results, nil
}

// firstError is what the context of the tasks was cancelled with. If the caller's own context has ended, it is that context's error as
// well: a cause that somebody has given it does not stand in for its error.
func firstError(caller, ctx context.Context) error {
	err := context.Cause(ctx)
	if end := caller.Err(); end != nil && !errors.Is(err, end) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}

func mustMakeSense[T any](limit int, tasks []func(context.Context) (T, error)) {
	if limit < 0 {
		panic(fmt.Sprintf("join: a limit of %d", limit))
	}
	for i, task := range tasks {
		if task == nil {
			panic(fmt.Sprintf("join: task %d is nil", i))
		}
	}
}
