package grading

import (
	"context"
	"sync"

	"scalelab/grader/internal/archive"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/policy"
)

// Imports has the types of the packages that labs import, loaded once for each lab.
type Imports struct {
	Archives archive.Finder

	mu    sync.Mutex
	byLab map[*kit.Lab]*policy.Exports
}

// For returns the types of everything that the lab's files, the student's and the given ones, may import.
func (i *Imports) For(ctx context.Context, lab *kit.Lab, rules policy.Rules) (*policy.Exports, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if exports, ok := i.byLab[lab]; ok {
		return exports, nil
	}
	paths, err := rules.ImportPaths()
	if err != nil {
		return nil, err
	}
	set, err := i.Archives.Find(ctx, paths)
	if err != nil {
		return nil, err
	}
	exports := policy.ExportsOf(set, paths)
	if i.byLab == nil {
		i.byLab = map[*kit.Lab]*policy.Exports{}
	}
	i.byLab[lab] = exports
	return exports, nil
}
