package proof

import (
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/score"
	"scalelab/pkg/check/record"
)

// batch is how many gradings of a subject on a provider follow one build. What they came to is kept then: who grades hundreds of times
// can be interrupted.
const batch = 50

// proveSubject grades the subject several times on every provider, compares, and runs the visible tests where they have something
// to say. It returns a row for each provider, nil where the terms want no grading.
func proveSubject(ctx context.Context, g Grader, subject *Row, terms Terms) []*Row {
	rows := make([]*Row, len(terms.Providers))
	var tallies []*tally
	for i, p := range terms.Providers {
		times := terms.times(i, subject)
		if times == 0 {
			continue
		}
		t := newTally(subject, terms.Cache, p, times)
		t.visible = i == 0 && subject.Mutant == nil
		t.row.Cached = t.done()
		tallies, rows[i] = append(tallies, t), t.row
	}
	for {
		var on []grading.Servers
		var of []*tally
		for _, t := range tallies {
			n := min(t.left, batch)
			on = append(on, slices.Repeat([]grading.Servers{t.servers}, n)...)
			of = append(of, slices.Repeat([]*tally{t}, n)...)
		}
		if len(on) == 0 {
			break
		}
		results := g.GradeOn(ctx, subject.Subject, on)
		if ctx.Err() != nil {
			break // nobody looks at what an interrupted run came to
		}
		for i, result := range results {
			of[i].add(result)
		}
		for _, t := range slices.Compact(of) {
			t.keep()
		}
	}
	if ctx.Err() == nil {
		for _, t := range tallies {
			t.see(ctx, g)
		}
	}
	return rows
}

// times is how often the subject is graded on the i-th provider: Times, but half of that for mutants on all but the first. Their verdicts are
// compared between the providers anyway, and they are most of the subjects.
func (t Terms) times(i int, subject *Row) int {
	mutant := subject.Mutant != nil
	switch {
	case t.Spread && mutant:
		return t.spread(i, subject.Subject.Name)
	case i == 0 || !mutant && !t.Spread:
		return t.Times
	}
	return max(1, t.Times/2)
}

// spread is how often a mutant is graded on the i-th provider when it is graded Times times in all: half of them on the first, half on one that
// depends on the mutant's name alone, which may be the first again.
func (t Terms) spread(i int, name string) int {
	half, other := t.Times/2, int(crc32.ChecksumIEEE([]byte(name)))%len(t.Providers)
	n := 0
	if i == 0 {
		n = t.Times - half
	}
	if i == other {
		n += half
	}
	return n
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
