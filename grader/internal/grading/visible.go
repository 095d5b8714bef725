package grading

import (
	"context"
	"go/parser"
	"go/token"
	"path/filepath"
	"time"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/subject"
)

// visibleTimeout bounds a visible test against hanging.
const visibleTimeout = 30 * time.Second

// Visible runs the lab's own tests with the subject's files, each in a process of its own.
func (b *Bench) Visible(ctx context.Context, s *subject.Subject) ([]run.PlainResult, error) {
	names, err := visibleTests(s.Lab)
	if err != nil {
		return nil, err
	}
	var binary string
	err = b.onCore(ctx, func() (err error) {
		binary, err = b.Builder.Visible(ctx, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	tests := make([]run.PlainResult, 0, len(names))
	for _, name := range names {
		err := b.onCore(ctx, func() error {
			result, err := run.Plain(ctx, binary, name, run.DefaultLimits(visibleTimeout))
			tests = append(tests, result)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return tests, nil
}

func visibleTests(lab *kit.Lab) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(lab.Dir(), "*_test.go"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		names = append(names, kit.TestFunctions(parsed)...)
	}
	return names, nil
}
