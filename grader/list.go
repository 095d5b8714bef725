package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"text/tabwriter"

	"scalelab/grader/internal/kit"
)

type listCommand struct {
	Labs []string `arg:"" optional:"" help:"Labs: ids, names, chapters or all."`
}

func (c *listCommand) Help() string { return "Example: grader list ch04-concurrency" }

// Run prints one line for each lab.
func (c *listCommand) Run() error {
	debug.SetGCPercent(-1) // it is over before there is anything worth collecting
	_, labs, err := chooseLabs(c.Labs)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LAB\tLEVEL\tMINUTES\tCHECKS\tNEEDS\tSUMMARY")
	for _, lab := range labs {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", lab.ID, lab.Level, lab.Minutes, len(lab.Checks), needs(lab), lab.Summary)
	}
	return w.Flush()
}

func needs(lab *kit.Lab) string {
	text := ""
	for _, s := range lab.Services() {
		if text != "" {
			text += "+"
		}
		text += s
	}
	if text == "" {
		return "-"
	}
	return text
}

// chooseLabs opens the course and resolves the names that the user gave.
func chooseLabs(names []string) (*kit.Kit, []*kit.Lab, error) {
	course, err := kit.Open()
	if err != nil {
		return nil, nil, usage(err)
	}
	labs, err := course.Choose(names...)
	if err != nil {
		return nil, nil, usage(err)
	}
	return course, labs, nil
}
