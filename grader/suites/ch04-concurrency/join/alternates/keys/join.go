package join

import (
	"context"
	"sync"
)

// All has a box of keys, and no box if there is no limit. Everything that several goroutines write has one lock, even where it is not
// needed.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	if limit < 0 {
		panic("join: negative limit")
	}
	for _, t := range tasks {
		if t == nil {
			panic("join: nil task")
		}
	}
	taskCtx, cancel := context.WithCancel(ctx)
	defer cancel()

	var wg sync.WaitGroup
	var mu sync.Mutex
	var firstErr error
	results := make([]T, len(tasks))

	var keys chan struct{}
	if limit > 0 {
		keys = make(chan struct{}, limit)
		for range limit {
			keys <- struct{}{}
		}
	}

	for i, t := range tasks {
		if keys != nil {
			select {
			case <-keys:
			case <-taskCtx.Done():
			}
		}
		mu.Lock()
		if firstErr == nil && taskCtx.Err() != nil {
			firstErr = taskCtx.Err()
		}
		stop := firstErr != nil
		mu.Unlock()
		if stop {
			break
		}
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			if keys != nil {
				defer func() { keys <- struct{}{} }()
			}
			res, err := t(taskCtx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if firstErr == nil {
					firstErr = err
				}
				cancel()
				return
			}
			results[i] = res
		}(i)
	}
	wg.Wait()
	if firstErr != nil {
		return nil, firstErr
	}
	return results, nil
}
