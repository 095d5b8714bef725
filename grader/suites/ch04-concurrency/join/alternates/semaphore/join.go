package join

import (
	"context"
	"errors"
	"sync"
)

// All starts a goroutine for every task at once; whoever has a goroutine still needs a place. The first error is kept under a lock.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	if limit < 0 {
		panic(errors.New("join: limit below 0"))
	}
	for _, task := range tasks {
		if task == nil {
			panic(errors.New("join: nil task"))
		}
	}
	if limit == 0 || limit > len(tasks) {
		limit = len(tasks)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var mu sync.Mutex
	var first error // guarded by mu
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		cancel()
	}

	results := make([]T, len(tasks))
	semaphore := make(chan struct{}, limit)
	var wg sync.WaitGroup
	wg.Add(len(tasks))
	for i, task := range tasks {
		go func() {
			defer wg.Done()
			semaphore <- struct{}{}
			defer func() { <-semaphore }()
			err := ctx.Err()
			if err == nil {
				results[i], err = task(ctx)
			}
			if err != nil {
				fail(err)
			}
		}()
	}
	wg.Wait()
	return results, first
}
