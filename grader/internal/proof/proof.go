// Package proof holds a lab to its word, with the machinery that grades students:
//
//	the stub             scores 0 and fails every visible test
//	the solution         scores 100 and passes every visible test
//	every alternate      scores 100 and passes every visible test
//	every mutant         fails exactly the checks that its header names, with the causes it names
//	every check          is failed by at least one mutant, and judged on at least one provider
//	everything           comes out the same every time
package proof

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
)

// Least that a lab must have to be called a lab.
const (
	leastMutants    = 5
	leastAlternates = 1
)

// Grader is what a proof needs of the grading bench.
type Grader interface {
	GradeOn(ctx context.Context, s *subject.Subject, on []grading.Servers) []*score.Lab
	Visible(ctx context.Context, s *subject.Subject) ([]run.PlainResult, error)
}

// Provider is a way of having the services, by its name.
type Provider struct {
	Name    string
	Servers grading.Servers
	Ours    bool // the servers are a part of this program, so that nothing about them changes unless it does
}

// Row is one subject on one provider, and what is wrong with how it came out.
type Row struct {
	Subject  *subject.Subject
	Mutant   *subject.Mutant // nil unless the subject is one
	Result   *score.Lab
	Problems []string // empty if the subject came out as it must
	Cached   bool     // nothing had to be graded
}

// Lab is the proof of one lab on one provider.
type Lab struct {
	Lab      *kit.Lab
	Provider string
	Rows     []*Row
	Problems []string // of the lab as a whole
	LeftOut  int      // mutants that there was no time for; noted on the first provider only
}

// Cached is how many rows did not have to be graded.
func (l *Lab) Cached() (n int) {
	for _, row := range l.Rows {
		if row.Cached {
			n++
		}
	}
	return n
}

// Terms are what labs are proved under.
type Terms struct {
	Providers []Provider
	Only      []string   // parts of the names of the subjects to grade; none means all. A lab is then not proved as a whole
	Spread    bool       // a mutant is graded Times times in all, what is right half as often on all providers but the first (see times)
	Times     int        // how often a subject is graded on a provider (see times): twice or more, to see that it comes out the same
	Until     time.Time  // no mutant is begun after it; zero grades them all
	Progress  func(*Row) // is told of each finished subject
	Cache     *Cache     // nil grades everything
}

// Prove grades every subject of the lab on every provider and compares what comes with what must come; it returns one proof for each
// provider. A lab that needs no service is proved once.
func Prove(ctx context.Context, g Grader, lab *kit.Lab, terms Terms) ([]*Lab, error) {
	rows, err := subjects(lab)
	if err != nil {
		return nil, err
	}
	if terms.Cache, err = terms.Cache.forLab(lab); err != nil {
		return nil, err
	}
	all := rows
	rows = chosen(rows, terms.Only)
	if len(lab.Services()) == 0 {
		terms.Providers = []Provider{{Name: "no service", Servers: terms.Providers[0].Servers, Ours: true}}
	}
	proofs := make([]*Lab, len(terms.Providers))
	for i, p := range terms.Providers {
		proofs[i] = &Lab{Lab: lab, Provider: p.Name, Rows: make([]*Row, len(rows))}
	}
	var group sync.WaitGroup
	turns := newTurns(terms.Until)
	for _, k := range rand.Perm(len(rows)) { // where there is no time for all, it is not always the same ones that are left out
		group.Go(func() {
			turns.run(rows[k], func() {
				for i, r := range proveSubject(ctx, g, rows[k], terms) {
					if proofs[i].Rows[k] = r; r != nil {
						terms.Progress(r)
					}
				}
			})
		})
	}
	group.Wait()
	for _, p := range proofs {
		p.Rows = slices.DeleteFunc(p.Rows, func(r *Row) bool { return r == nil })
	}
	proofs[0].LeftOut = len(rows) - len(proofs[0].Rows)
	proofs[0].Problems = append(countProblems(lab, all), coverage(lab, all)...)
	return proofs, ctx.Err()
}

// chosen keeps the rows whose subjects' names have one of the parts.
func chosen(rows []*Row, parts []string) []*Row {
	if len(parts) == 0 {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(r.Subject.Name, part) })
	})
}

// subjects lists whom the lab is proved with: stub, solution, alternates, mutants.
func subjects(lab *kit.Lab) ([]*Row, error) {
	stub, err := subject.Stub(lab)
	if err != nil {
		return nil, err
	}
	solution, err := subject.Solution(lab)
	if err != nil {
		return nil, err
	}
	alternates, err := subject.Alternates(lab)
	if err != nil {
		return nil, err
	}
	mutants, err := subject.Mutants(lab)
	if err != nil {
		return nil, err
	}
	rows := []*Row{{Subject: stub}, {Subject: solution}}
	for _, s := range alternates {
		rows = append(rows, &Row{Subject: s})
	}
	for _, m := range mutants {
		rows = append(rows, &Row{Subject: m.Subject, Mutant: m})
	}
	return rows, nil
}

func countProblems(lab *kit.Lab, rows []*Row) []string {
	mutants, alternates := 0, 0
	for _, row := range rows {
		switch {
		case row.Mutant != nil:
			mutants++
		case row.Subject.Name != "stub" && row.Subject.Name != "solution":
			alternates++
		}
	}
	var problems []string
	if mutants < leastMutants {
		problems = append(problems, fmt.Sprintf("%s has %d mutants; a lab has at least %d", lab.ID, mutants, leastMutants))
	}
	if alternates < leastAlternates {
		problems = append(problems, fmt.Sprintf("%s has no alternate solution", lab.ID))
	}
	return problems
}

// coverage finds checks that no mutant is meant to fail: a rule without a mutant is not a check.
func coverage(lab *kit.Lab, rows []*Row) []string {
	var problems []string
	for _, c := range lab.Checks {
		covered := slices.ContainsFunc(rows, func(r *Row) bool {
			return r.Mutant != nil && r.Mutant.Fails[c.Test] != ""
		})
		if !covered {
			problems = append(problems, fmt.Sprintf("no mutant fails %s: a rule without a mutant is not a check", c.Test))
		}
	}
	return problems
}
