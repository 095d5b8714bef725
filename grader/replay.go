package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/intake"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

type replayCommand struct {
	Token      string `arg:"" help:"The token that stands under the failure in the report."`
	Submission string `default:"labs" help:"What was graded: a folder laid out like the kit, a lab's folder, a .zip or a .tar.gz." placeholder:"PATH"`
	Step       bool   `help:"Go through the execution step by step: Enter shows the next one."`
}

func (c *replayCommand) Help() string {
	return "Example: grader replay counter/TestNothingIsLost/3f9a01c2/77b0d41e/i1/1/u/0.3-1.2-0.1//6b0284b4 --step"
}

// Run runs the very execution that failed a check again, and tells it.
func (c *replayCommand) Run(ctx context.Context) error {
	token, err := grading.ParseToken(c.Token)
	if err != nil {
		return usage(err)
	}
	course, labs, err := chooseLabs([]string{token.Lab})
	if err != nil {
		return err
	}
	check, mine, err := c.bound(course, labs, token)
	if err != nil {
		return usage(err)
	}
	bench, err := openBench(ctx, course, nil, "embedded")
	if err != nil {
		return err
	}
	defer bench.Close()
	result := bench.Replay(ctx, mine, check, token.Interleaving)
	return c.tell(result, mine.Name)
}

// bound finds the check and the files that the token belongs to.
func (c *replayCommand) bound(course *kit.Kit, labs []*kit.Lab, token grading.Token) (kit.Check, *subject.Subject, error) {
	lab := labs[0]
	check, ok := lab.Check(token.Check)
	if !ok || check.Mode != kit.Interleave {
		return check, nil, fmt.Errorf("%s has no check %s whose interleavings are explored: the token is from another version of the kit", lab.Name, token.Check)
	}
	version, err := grading.KitDigest(lab)
	if err != nil {
		return check, nil, err
	}
	if version != token.Kit {
		return check, nil, fmt.Errorf("the token was made by another version of the kit (%s, this is %s): grade again for one of this version", token.Kit, version)
	}
	submission, err := intake.Open(submissionPath(course, c.Submission), wanted([]*kit.Lab{lab}, true), intake.Limits{})
	if err != nil {
		return check, nil, err
	}
	for _, found := range submission.Labs {
		if found.Status != intake.Taken {
			return check, nil, fmt.Errorf("%s: %s", submission.Name, found.Message)
		}
		mine := &subject.Subject{Lab: lab, Name: submission.Name, Files: found.Subject.Files}
		if digest := mine.Digest(); !strings.HasPrefix(digest, token.Files) {
			return check, nil, fmt.Errorf("the token belongs to other files (%s) than those of %s (%s…): name what was graded with --submission",
				token.Files, c.Submission, digest[:len(token.Files)])
		}
		return check, mine, nil
	}
	return check, nil, fmt.Errorf("%s has no files of %s", c.Submission, lab.Name)
}

// tell prints the execution as the report would; with Step, its steps one by one.
func (c *replayCommand) tell(result *score.Lab, name string) error {
	check := result.Checks[0]
	steps := takeSteps(check)
	card := score.Sum(name, []*score.Lab{result})
	if c.Step && len(steps) > 0 {
		walk(os.Stdin, os.Stdout, steps)
	}
	if err := report.Text(os.Stdout, card, report.Style{Colour: report.ColourFor(os.Stdout)}); err != nil {
		return err
	}
	return verdictOf(card)
}

// takeSteps takes the list of every step out of the evidence: it is told apart from the rest.
func takeSteps(check *score.Check) []string {
	var steps []string
	var rest []record.Evidence
	for _, e := range check.Evidence {
		if e.Kind == "steps" {
			steps = strings.Split(strings.TrimRight(e.Text, "\n"), "\n")
		} else {
			rest = append(rest, e)
		}
	}
	check.Evidence = rest
	return steps
}

// walk shows one step for each line that is read; at the end of the input it shows the rest at once.
func walk(in io.Reader, out io.Writer, steps []string) {
	enter := bufio.NewScanner(in)
	for i, step := range steps {
		fmt.Fprintf(out, "%s\n", step)
		if i < len(steps)-1 {
			enter.Scan()
		}
	}
	fmt.Fprintln(out)
}
