package join

import (
	"context"
	"sync"
)

// All counts, under one lock, who is out, and waits on a condition: for a place, and in the end for everybody.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	if limit < 0 {
		panic("join: negative limit")
	}
	for _, task := range tasks {
		if task == nil {
			panic("join: no task")
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var mu sync.Mutex
	back := sync.NewCond(&mu)
	out := 0
	var first error
	results := make(map[int]T)

	mu.Lock()
	for i, task := range tasks {
		for limit > 0 && out == limit {
			back.Wait()
		}
		if first == nil {
			first = ctx.Err()
		}
		if first != nil {
			break
		}
		out++
		go func() {
			result, err := task(ctx)
			mu.Lock()
			defer mu.Unlock()
			out--
			results[i] = result
			if err != nil && first == nil {
				first = err
				cancel()
			}
			back.Signal()
		}()
	}
	for out > 0 {
		back.Wait()
	}
	mu.Unlock()
	if first != nil {
		return nil, first
	}
	inOrder := make([]T, len(tasks))
	for i := range tasks {
		inOrder[i] = results[i]
	}
	return inOrder, nil
}
