package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/proof"
)

type verifyCommand struct {
	Labs     []string      `arg:"" optional:"" help:"Labs: ids, names, chapters or all."`
	Services []string      `default:"auto" env:"SCALELAB_SERVICES" help:"Providers to prove on, separated by commas; \"every\" stands for all that this machine has." placeholder:"P,Q"`
	Only     []string      `help:"Parts of the names of the subjects to grade, separated by commas: solution, alternate, a mutant's name." placeholder:"NAME,…"`
	Times    int           `default:"2" help:"How often to grade every subject on every provider (mutants half as often on all but the first): every grading must come out the same." placeholder:"N"`
	Spread   bool          `help:"Grade each mutant so often in all: half of it on the first provider, half on one that its name decides. All else is graded everywhere, half as often on all but the first."`
	Fresh    bool          `help:"Grade everything. Otherwise what came out as expected on the embedded servers is graded again only when its code, its suite or the grader has changed."`
	Within   time.Duration `env:"SCALELAB_WITHIN" help:"Begin no mutant when that much time has gone by, such as 40m, and say how many were left out; what must get full marks, or none, is graded all the same ($SCALELAB_WITHIN)." placeholder:"TIME"`
	Walks    int           `help:"Random walks of every explored scenario, in place of the suites' own number: to hunt for false alarms." placeholder:"N"`
}

func (c *verifyCommand) Help() string {
	return "Example: grader verify exchanges --services process,container"
}

// Run proves the labs on each provider, and that the providers agree.
func (c *verifyCommand) Run(ctx context.Context) error {
	if c.Times < 2 {
		return &exit{exitUsage, fmt.Errorf("--times %d: at least 2, to see that a grading comes out the same again", c.Times)}
	}
	if c.Within < 0 {
		return &exit{exitUsage, fmt.Errorf("--within %v: a time such as 40m; without it there is no end", c.Within)}
	}
	start := time.Now()
	course, labs, err := chooseLabs(c.Labs)
	if err != nil {
		return err
	}
	providers, err := expand(ctx, c.Services, kindsOf(labs))
	if err != nil {
		return err
	}
	bench, err := openBench(ctx, course, labs, providers...)
	if err != nil {
		return err
	}
	defer bench.Close()
	bench.Walks = c.Walks
	terms := proof.Terms{
		Providers: bench.providers, Only: c.Only, Spread: c.Spread, Times: c.Times, Progress: progress(ctx), Cache: bench.cache(c.Fresh),
	}
	if c.Within > 0 {
		terms.Until = start.Add(c.Within)
	}
	proofs, err := bench.prove(ctx, labs, terms)
	if ctx.Err() != nil {
		return errors.New("interrupted: nothing is proven")
	}
	if err != nil {
		return err
	}
	return c.conclude(labs, providers, proofs)
}

// conclude prints the kill matrices and what they come to.
func (c *verifyCommand) conclude(labs []*kit.Lab, providers []string, proofs []*proof.Lab) error {
	graded, cached, leftOut := 0, 0, 0
	for _, p := range proofs {
		graded += len(p.Rows)
		cached += p.Cached()
		leftOut += p.LeftOut
		p.Matrix(os.Stdout)
		fmt.Println()
	}
	if graded+leftOut == 0 {
		return usage(fmt.Errorf("--only %s: no subject has such a name", strings.Join(c.Only, ",")))
	}
	if wrong := slices.Concat(proof.Unexpected(proofs), proof.Compare(labs, proofs)); len(wrong) > 0 {
		fmt.Println("not as expected:")
		for _, w := range wrong {
			fmt.Printf("  %s\n", indent(w))
		}
		return &exit{exitLost, fmt.Errorf("not proven: %d rows graded, %d things not as expected", graded, len(wrong))}
	}
	if cached > 0 {
		fmt.Printf("cached: %d of %d rows; --fresh grades them again\n", cached, graded)
	}
	on := strings.Join(providers, ", ")
	if c.Spread && len(providers) > 1 {
		on += " (mutants spread over them)"
	}
	switch {
	case leftOut > 0:
		fmt.Printf("as expected, as far as %v went: %d labs on %s, but for %d mutants that were not graded; without --within all are\n",
			c.Within, len(labs), on, leftOut)
	case len(c.Only) > 0:
		fmt.Printf("as expected: %d subjects; the labs are proven only as a whole\n", graded)
	default:
		fmt.Printf("proven: %d labs on %s\n", len(labs), on)
	}
	return nil
}

// prove proves the labs, all at once: the bench bounds how much really runs.
func (b *bench) prove(ctx context.Context, labs []*kit.Lab, terms proof.Terms) ([]*proof.Lab, error) {
	byLab := make([][]*proof.Lab, len(labs))
	errs := make([]error, len(labs))
	var group sync.WaitGroup
	for i, lab := range labs {
		group.Go(func() { byLab[i], errs[i] = proof.Prove(ctx, b, lab, terms) })
	}
	group.Wait()
	return slices.Concat(byLab...), errors.Join(errs...)
}

// progress returns a function that tells, beside the result, that something moves, and at once what is wrong: a proof of the whole course
// takes long. Of what an interrupted run never graded it says nothing.
func progress(ctx context.Context) func(*proof.Row) {
	return func(row *proof.Row) {
		if ctx.Err() != nil {
			return
		}
		state := "ok"
		if row.Cached {
			state = "ok (cached)"
		}
		if len(row.Problems) > 0 {
			state = "NOT AS EXPECTED\n    " + indent(strings.Join(row.Problems, "\n"))
		}
		fmt.Fprintf(os.Stderr, "  %-24s %-32s %s\n", row.Subject.Lab.Name, row.Subject.Name, state)
	}
}

// indent sets the lines after the first below it.
func indent(s string) string {
	return strings.ReplaceAll(s, "\n", "\n    ")
}
