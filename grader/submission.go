package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"scalelab/grader/internal/intake"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// wanted tells intake what to look for. Labs that the user named are reported when they are absent.
func wanted(labs []*kit.Lab, named bool) []intake.Wanted {
	all := make([]intake.Wanted, 0, len(labs))
	for _, lab := range labs {
		all = append(all, intake.Wanted{
			ID: lab.ID, Chapter: lab.Chapter, Name: lab.Name, Dir: lab.Dir(),
			Files: lab.Files, Given: lab.Given, Named: named,
		})
	}
	return all
}

// labsOf lists the labs that the submission has files for: only their services are started.
func labsOf(course *kit.Kit, submission *intake.Submission) []*kit.Lab {
	var labs []*kit.Lab
	for _, found := range submission.Labs {
		if found.Status == intake.Taken {
			labs = append(labs, course.Lab(found.LabID))
		}
	}
	return labs
}

// gradeSubmission takes every lab of the submission through the stages, all at once: the bench bounds how much really runs.
func (b *bench) gradeSubmission(ctx context.Context, submission *intake.Submission) *score.Scorecard {
	start := time.Now()
	results := make([]*score.Lab, len(submission.Labs))
	var group sync.WaitGroup
	for i, found := range submission.Labs {
		group.Go(func() { results[i] = b.gradeFound(ctx, submission.Name, found) })
	}
	group.Wait()
	card := score.Sum(submission.Name, results)
	card.Notices = append(card.Notices, texts(submission.Notices)...)
	card.Timing.Milliseconds = time.Since(start).Milliseconds()
	card.Environment = b.environment()
	return card
}

// gradeFound grades one lab of a submission, if intake could take its files.
func (b *bench) gradeFound(ctx context.Context, name string, found intake.Found) *score.Lab {
	lab := b.course.Lab(found.LabID)
	var result *score.Lab
	switch found.Status {
	case intake.Missing:
		result = score.Zero(lab, score.Missing, record.NotImplemented, found.Message)
	case intake.Refused:
		result = score.Zero(lab, score.Refused, record.Policy, "the submission has a file that cannot be taken as source")
		for _, r := range found.Refusals {
			result.Problems = append(result.Problems, score.Problem{Cause: record.Policy, Message: r.String()})
		}
	default:
		result = b.Grade(ctx, &subject.Subject{Lab: lab, Name: name, Files: found.Subject.Files}, b.servers())
	}
	result.Notices = append(result.Notices, texts(found.Subject.Notices)...)
	return result
}

func texts(notices []intake.Notice) []string {
	all := make([]string, 0, len(notices))
	for _, n := range notices {
		all = append(all, n.String())
	}
	return all
}

// submissionPath resolves the default and the two folders that everybody has, wherever the user stands.
func submissionPath(course *kit.Kit, path string) string {
	if path == "labs" || path == "solutions" {
		if _, err := os.Stat(path); err != nil {
			return filepath.Join(course.Root, path)
		}
	}
	return path
}
