package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"scalelab/grader/internal/intake"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/score"
)

type gradeCommand struct {
	Labs       []string `arg:"" optional:"" help:"Labs: ids, names, chapters or all. Without one, every lab that the submission has."`
	Submission string   `default:"labs" help:"A folder laid out like the kit, a lab's folder, a .zip or a .tar.gz." placeholder:"PATH"`
	Services   string   `default:"auto" env:"SCALELAB_SERVICES" help:"auto, embedded, process, container or external." placeholder:"PROVIDER"`
	Format     string   `default:"text" enum:"text,json" help:"text or json."`
	Out        string   `help:"Write the scorecard there, and a summary to the terminal." placeholder:"PATH"`
}

func (c *gradeCommand) Help() string {
	return "Example: grader grade boundedbuffer --submission ~/hand-in.zip --format json --out card.json"
}

// Run grades one submission: intake, then every lab through policy, build, run and score, then the report.
func (c *gradeCommand) Run(ctx context.Context) error {
	course, labs, err := chooseLabs(c.Labs)
	if err != nil {
		return err
	}
	submission, err := intake.Open(submissionPath(course, c.Submission), wanted(labs, len(c.Labs) > 0), intake.Limits{})
	if err != nil {
		return usage(err)
	}
	bench, err := openBench(ctx, course, labsOf(course, submission), c.Services)
	if err != nil {
		return err
	}
	defer bench.Close()

	card := bench.gradeSubmission(ctx, submission)
	if err := c.report(card); err != nil {
		return err
	}
	return verdictOf(card)
}

// report prints the scorecard, or writes it to a file and prints the text.
func (c *gradeCommand) report(card *score.Scorecard) error {
	style := report.Style{Colour: report.ColourFor(os.Stdout)}
	if c.Out == "" {
		return report.Formats[c.Format](os.Stdout, card, style)
	}
	if err := writeScorecard(c.Out, c.Format, card); err != nil {
		return err
	}
	if err := report.Text(os.Stdout, card, style); err != nil {
		return err
	}
	fmt.Printf("scorecard: %s\n", c.Out)
	return nil
}

// writeScorecard replaces the file as a whole: a run that is interrupted leaves the old one.
func writeScorecard(path, format string, card *score.Scorecard) error {
	var text bytes.Buffer
	if err := report.Formats[format](&text, card, report.Style{}); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return usage(fmt.Errorf("write scorecard: %w", err))
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text.Bytes(), 0o644); err != nil {
		return usage(fmt.Errorf("write scorecard: %w", err))
	}
	return os.Rename(fresh, path)
}

// verdictOf maps a scorecard to the command's exit code.
func verdictOf(card *score.Scorecard) error {
	switch {
	case card.Points == nil:
		return &exit{code: exitUnjudged}
	case *card.Points < card.Max:
		return &exit{code: exitLost}
	}
	return nil
}
