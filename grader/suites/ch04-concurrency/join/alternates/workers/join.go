package join

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// All has exactly limit workers, who help themselves to the next task until there are none or somebody has failed.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	for i, task := range tasks {
		if task == nil {
			panic(fmt.Errorf("join: task %d is nil", i))
		}
	}
	switch {
	case limit < 0:
		panic(fmt.Errorf("join: limit %d", limit))
	case limit == 0, limit > len(tasks):
		limit = len(tasks)
	}
	a := &all[T]{tasks: tasks, results: make([]T, len(tasks))}
	a.ctx, a.cancel = context.WithCancel(ctx)
	defer a.cancel()
	var workers sync.WaitGroup
	for range limit {
		workers.Go(a.work)
	}
	workers.Wait()
	if a.err == nil && a.done.Load() < int64(len(tasks)) {
		return nil, a.ctx.Err() // nobody has failed, so it was the caller's context that ended
	}
	return a.results, a.err
}

// all is one call of All.
type all[T any] struct {
	ctx        context.Context
	cancel     context.CancelFunc
	tasks      []func(context.Context) (T, error)
	results    []T
	next, done atomic.Int64
	once       sync.Once
	err        error // written once, read when all workers have gone home
}

func (a *all[T]) work() {
	for a.ctx.Err() == nil {
		i := int(a.next.Add(1)) - 1
		if i >= len(a.tasks) {
			return
		}
		result, err := a.tasks[i](a.ctx)
		if err != nil {
			a.once.Do(func() { a.err = err; a.cancel() })
			return
		}
		a.results[i] = result
		a.done.Add(1)
	}
}
