package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"text/tabwriter"

	"scalelab/grader/internal/build"
	"scalelab/grader/internal/services"
)

type doctorCommand struct{}

func (c *doctorCommand) Help() string { return "Example: grader doctor" }

// finding is one line of the doctor's report.
type finding struct {
	subject string
	fine    bool
	text    string // what is there, or what to do
}

// Run looks at everything that a grading may need and says how to get what is missing. Only what no grading can do without makes the
// exit code 3.
func (c *doctorCommand) Run(ctx context.Context) error {
	course, _, err := chooseLabs(nil)
	if err != nil {
		return err
	}
	findings := []finding{{"kit", true, fmt.Sprintf("%d labs in %s", len(course.Labs), course.Root)}}
	toolchain, err := build.FindToolchain(ctx)
	if err != nil {
		findings = append(findings, finding{"go", false, err.Error()})
	} else {
		findings = append(findings, goFindings(toolchain)...)
	}
	reports, servicesErr := services.Available(ctx)
	for _, r := range reports {
		f := finding{fmt.Sprintf("%s from %s", r.Kind, r.Provider), r.Usable, r.About}
		if !r.Usable {
			f.text = r.Why.Error()
		}
		findings = append(findings, f)
	}
	if servicesErr != nil {
		findings = append(findings, finding{"services", false, servicesErr.Error()})
	}
	findings = append(findings, sandboxFindings()...)
	printFindings(findings)
	if err != nil {
		return &exit{code: exitUnjudged}
	}
	return nil
}

func goFindings(g *build.Toolchain) []finding {
	findings := []finding{{"go", true, runtime.Version() + ", " + g.Path}}
	if g.HasC() {
		return append(findings, finding{"race detector", true, "a C compiler is there"})
	}
	return append(findings, finding{"race detector", false,
		"checks that ask for it are not judged: there is no C compiler; install gcc"})
}

// sandboxFindings tells what bounds a check's process on this system.
func sandboxFindings() []finding {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		return []finding{{"sandbox", false, "no /proc here: a check's memory is not bounded, and a process that it leaves behind is not found; grade on Linux"}}
	}
	return []finding{{"sandbox", true, "own process, group and folder, clean environment; bounds on time, memory and output"}}
}

func printFindings(findings []finding) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, f := range findings {
		mark := "ok"
		if !f.fine {
			mark = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", mark, f.subject, f.text)
	}
}
