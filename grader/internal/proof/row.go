package proof

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/score"
	"scalelab/pkg/check/record"
)

// proveSubject grades the subject several times on every provider, compares, and runs the visible tests where they have something
// to say. It returns a row for each provider.
func proveSubject(ctx context.Context, g Grader, subject *Row, terms Terms) []*Row {
	var on []grading.Servers
	for i, p := range terms.Providers {
		on = append(on, slices.Repeat([]grading.Servers{p.Servers}, terms.times(i, subject))...)
	}
	results := g.GradeOn(ctx, subject.Subject, on)
	rows := make([]*Row, len(terms.Providers))
	for i := range rows {
		n := terms.times(i, subject)
		gradings := results[:n]
		results = results[n:]
		rows[i] = &Row{Subject: subject.Subject, Mutant: subject.Mutant, Result: gradings[0]}
		rows[i].expectSame(gradings)
		rows[i].expectVerdicts()
	}
	if subject.Mutant == nil {
		rows[0].expectVisible(ctx, g, subject.Subject.Name != "stub")
	}
	return rows
}

// times is how often the subject is graded on the i-th provider: Times, but half of that for mutants on all but the first. Their verdicts are
// compared between the providers anyway, and they are most of the subjects.
func (t Terms) times(i int, subject *Row) int {
	if i == 0 || subject.Mutant == nil {
		return t.Times
	}
	return max(1, t.Times/2)
}

func (r *Row) expectVerdicts() {
	switch {
	case r.Mutant != nil:
		r.expectMutant()
	case r.Subject.Name == "stub":
		r.expectStub()
	default:
		r.expectFullMarks()
	}
}

func (r *Row) wrong(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// expectSame compares the gradings byte for byte, and shows the first that differs from the one before.
func (r *Row) expectSame(gradings []*score.Lab) {
	var last []byte
	for i, grading := range gradings {
		this, err := report.Comparable(score.Sum(r.Subject.Name, []*score.Lab{grading}))
		if err != nil {
			r.wrong("compare gradings: %v", err)
			return
		}
		if i > 0 && !bytes.Equal(last, this) {
			r.wrong("gradings %d and %d differ:\n%s", i, i+1, difference(gradings[i-1], grading, string(last), string(this)))
			return
		}
		last = this
	}
}

func (r *Row) expectStub() {
	if !r.graded() {
		return
	}
	for _, c := range r.Result.Checks {
		if c.Verdict == record.Passed {
			r.wrong("%s passes, but the stub must score 0", c.ID)
		}
	}
}

func (r *Row) expectFullMarks() {
	if !r.graded() {
		return
	}
	for _, c := range r.Result.Checks {
		if c.Verdict == record.Failed {
			r.wrong("%s fails (%s): %s", c.ID, c.Cause, c.Message)
		}
	}
}

// expectMutant compares verdicts and causes with the patch's header. What could not be judged proves nothing either way.
func (r *Row) expectMutant() {
	if !r.graded() {
		return
	}
	for _, c := range r.Result.Checks {
		want, has := r.Mutant.Fails[c.ID], c.Cause
		switch {
		case c.Verdict == record.NotJudged:
		case c.Verdict == record.Passed && want != "":
			r.wrong("%s passes, but %s says that it fails (%s)", c.ID, r.Mutant.File, want)
		case c.Verdict == record.Failed && want == "":
			r.wrong("%s fails (%s), but %s does not say so: %s", c.ID, has, r.Mutant.File, c.Message)
		case c.Verdict == record.Failed && want != has:
			r.wrong("%s fails with cause %q, but %s says %q: %s", c.ID, has, r.Mutant.File, want, c.Message)
		}
	}
}

// graded reports a subject that did not even get as far as its checks.
func (r *Row) graded() bool {
	if r.Result.Status == score.Graded || r.Result.Message == "" {
		return true
	}
	r.wrong("%s: %s", r.Result.Status, r.Result.Message)
	for _, p := range r.Result.Problems {
		r.wrong("%v: %s", p.Location, p.Message)
	}
	return false
}

// expectVisible runs the tests that the student has: all pass, or (for the stub) all fail.
func (r *Row) expectVisible(ctx context.Context, g Grader, pass bool) {
	tests, err := g.Visible(ctx, r.Subject)
	if err != nil {
		r.wrong("visible tests: %v", err)
		return
	}
	if len(tests) == 0 {
		r.wrong("there are no visible tests")
	}
	for _, t := range tests {
		if t.Passed != pass {
			r.wrong("visible %s: passed = %v, expected %v\n%s", t.Name, t.Passed, pass, strings.TrimSpace(t.Output))
		}
	}
}
