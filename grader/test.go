package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"scalelab/grader/internal/build"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/subject"
)

type testCommand struct {
	Labs []string `arg:"" optional:"" help:"Labs: ids, names, chapters or all."`
}

func (c *testCommand) Help() string { return "Example: grader test boundedbuffer" }

// Run runs the visible tests on the student's own files, with nothing but the embedded services, and explains what failed.
func (c *testCommand) Run(ctx context.Context) error {
	course, labs, err := chooseLabs(c.Labs)
	if err != nil {
		return err
	}
	bench, err := openBench(ctx, course, labs, "embedded")
	if err != nil {
		return err
	}
	defer bench.Close()
	style := report.Style{Colour: report.ColourFor(os.Stdout)}
	failed := 0
	for _, lab := range labs {
		n, err := bench.testLab(ctx, lab, style)
		if err != nil {
			return err
		}
		failed += n
	}
	if failed > 0 {
		return &exit{code: exitLost}
	}
	fmt.Println("The visible tests pass. They are a part of what is graded: `go run ./grader grade` runs the rest.")
	return nil
}

// testLab runs one lab's visible tests and returns how many failed.
func (b *bench) testLab(ctx context.Context, lab *kit.Lab, style report.Style) (int, error) {
	mine, err := subject.Stub(lab)
	if err != nil {
		return 0, usage(err)
	}
	tests, err := b.Visible(ctx, mine)
	var own *build.StudentError
	if errors.As(err, &own) {
		fmt.Printf("%s does not compile:\n", lab.ID)
		for _, d := range own.Diagnostics {
			fmt.Printf("  labs/%s/%s:%d: %s\n", lab.ID, d.File, d.Line, d.Message)
		}
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	failed := 0
	fmt.Println(lab.ID)
	for _, t := range tests {
		report.VisibleTest(os.Stdout, t.Name, t.Passed, explanation(t), style)
		if !t.Passed {
			failed++
		}
	}
	return failed, nil
}

// explanation says what a failed visible test's output means.
func explanation(t run.PlainResult) string {
	if t.Passed {
		return ""
	}
	return strings.TrimSpace(run.Explain(t.Output))
}
