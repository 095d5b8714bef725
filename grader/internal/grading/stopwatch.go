package grading

import (
	"slices"
	"time"

	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
)

// stopwatch notes how long each stage took.
type stopwatch struct {
	score.Timing
	start, last time.Time
}

func newStopwatch() *stopwatch {
	now := time.Now()
	return &stopwatch{start: now, last: now}
}

// lap stores the time since the last lap.
func (w *stopwatch) lap(stage *int64) {
	now := time.Now()
	*stage = now.Sub(w.last).Milliseconds()
	w.last = now
}

// stop puts the times, and which files were graded, into the result, and returns it as often as it was asked for.
func (w *stopwatch) stop(s *subject.Subject, result *score.Lab, times int) []*score.Lab {
	w.Milliseconds = time.Since(w.start).Milliseconds()
	result.Subject, result.Timing = s.Digest(), w.Timing
	return slices.Repeat([]*score.Lab{result}, times)
}
