package join

import "context"

// report is what a task has returned.
type report[T any] struct {
	task   int
	result T
	err    error
}

// All sits at a desk: it sends tasks out as long as there are places, and reads one report after the other. Nobody else knows anything,
// so there is nothing to lock.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	refuse(limit < 0, "join: the limit is negative")
	for _, task := range tasks {
		refuse(task == nil, "join: a task is nil")
	}
	if limit == 0 {
		limit = len(tasks)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	results := make([]T, len(tasks))
	reports := make(chan report[T])
	next, out := 0, 0
	var first error
	for {
		for next < len(tasks) && out < limit && first == nil {
			if first = ctx.Err(); first != nil {
				break
			}
			go func(i int) {
				result, err := tasks[i](ctx)
				reports <- report[T]{i, result, err}
			}(next)
			next++
			out++
		}
		if out == 0 {
			return results, first
		}
		r := <-reports
		out--
		results[r.task] = r.result
		if r.err != nil && first == nil {
			first = r.err
			cancel()
		}
	}
}

func refuse(bad bool, why string) {
	if bad {
		panic(why)
	}
}
