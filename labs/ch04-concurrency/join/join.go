package join

import (
	"context"

	"scalelab/pkg/lab"
)

// All runs the tasks at the same time, at most limit of them at once (0 means no limit), and waits for all that it has started. It
// returns their results in the order of the tasks.
//
// The first error cancels the context of the tasks that are running; those that are not started yet never are; and All returns
// that error. The end of ctx counts as an error. All panics with a message that contains "join" if limit is negative or a task is
// nil.
func All[T any](ctx context.Context, limit int, tasks ...func(context.Context) (T, error)) ([]T, error) {
	panic(lab.NotImplemented("join", "All"))
}
