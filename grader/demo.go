package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"scalelab/grader/internal/intake"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
)

type demoCommand struct {
	Services string `default:"auto" env:"SCALELAB_SERVICES" help:"auto, embedded, process, container or external." placeholder:"PROVIDER"`
	Out      string `default:"scorecards" help:"Folder for the scorecards." placeholder:"DIR"`
}

func (c *demoCommand) Help() string { return "Example: grader demo --out /tmp/scorecards" }

// Run grades the sample class, prints a table and says where the scorecards are. Lost points are what the class is made for:
// the exit code only tells whether everything could be judged.
func (c *demoCommand) Run(ctx context.Context) error {
	course, labs, err := chooseLabs(nil)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(course.Root, "testdata", "class"))
	if err != nil {
		return usage(fmt.Errorf("the sample class: %w", err))
	}
	bench, err := openBench(ctx, course, labs, c.Services)
	if err != nil {
		return err
	}
	defer bench.Close()

	cards, err := bench.gradeClass(ctx, filepath.Join(course.Root, "testdata", "class"), submissionsIn(entries), c.Out)
	if err != nil {
		return err
	}
	table(labs, cards)
	fmt.Printf("\n%d scorecards: %s\n", len(cards), c.Out)
	for _, card := range cards {
		if card.Points == nil {
			return &exit{exitUnjudged, fmt.Errorf("some checks could not be judged; see `go run ./grader doctor`")}
		}
	}
	return nil
}

// gradeClass grades every submission, all at once: the bench bounds how much really runs. Each scorecard is written as soon as it is
// there.
func (b *bench) gradeClass(ctx context.Context, dir string, names []string, out string) ([]*score.Scorecard, error) {
	cards := make([]*score.Scorecard, len(names))
	group, ctx := errgroup.WithContext(ctx)
	for i, name := range names {
		group.Go(func() error {
			submission, err := intake.Open(filepath.Join(dir, name), wanted(b.course.Labs, false), intake.Limits{})
			if err != nil {
				return usage(err)
			}
			cards[i] = b.gradeSubmission(ctx, submission)
			fmt.Fprintf(os.Stderr, "graded %s\n", submission.Name)
			return writeScorecard(filepath.Join(out, submission.Name+".json"), "json", cards[i])
		})
	}
	return cards, group.Wait()
}

// submissionsIn lists what a class has handed in: folders and archives, not the notes beside them.
func submissionsIn(entries []os.DirEntry) []string {
	var names []string
	for _, e := range entries {
		archive := strings.HasSuffix(e.Name(), ".zip") || strings.HasSuffix(e.Name(), ".tar.gz")
		if e.IsDir() || archive {
			names = append(names, e.Name())
		}
	}
	return names
}

// table prints submissions × labs, without the labs that nobody has handed in.
func table(labs []*kit.Lab, cards []*score.Scorecard) {
	labs = slices.DeleteFunc(slices.Clone(labs), func(lab *kit.Lab) bool {
		return !slices.ContainsFunc(cards, func(card *score.Scorecard) bool { return cell(card, lab.ID) != absent })
	})
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "SUBMISSION")
	for _, lab := range labs {
		fmt.Fprintf(w, "\t%s", lab.Name)
	}
	fmt.Fprintln(w, "\tFIRST LOST POINT")
	for _, card := range cards {
		fmt.Fprint(w, card.Submission)
		for _, lab := range labs {
			fmt.Fprintf(w, "\t%s", cell(card, lab.ID))
		}
		fmt.Fprintf(w, "\t%s\n", firstLoss(card))
	}
	w.Flush()
}

// cell is a lab's points, or in a word why there are none.
func cell(card *score.Scorecard, id string) string {
	for _, l := range card.Labs {
		switch {
		case l.ID != id:
		case l.Status == score.Graded:
			return fmt.Sprint(*l.Points)
		case l.Status == score.NotJudged:
			return fmt.Sprintf("≥ %d", l.AtLeast)
		default:
			return fmt.Sprintf("0 (%s)", l.Status)
		}
	}
	return absent
}

// absent stands for a lab that was not handed in.
const absent = "-"

// shortened keeps a message to one line of a table.
func shortened(message string) string {
	const most = 72
	runes := []rune(message)
	if len(runes) <= most {
		return message
	}
	return string(runes[:most-1]) + "…"
}

// firstLoss names the first check that lost its points and why, or the lab's own trouble.
func firstLoss(card *score.Scorecard) string {
	for _, l := range card.Labs {
		if len(l.Problems) > 0 {
			return shortened(l.Problems[0].Message)
		}
		for _, c := range l.Checks {
			if c.Cause != "" {
				return fmt.Sprintf("%s: %s", c.ID, c.Cause)
			}
		}
	}
	return ""
}
