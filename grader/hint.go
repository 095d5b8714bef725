package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"scalelab/grader/internal/kit"
)

type hintCommand struct {
	Lab   string `arg:"" help:"A lab's id or name."`
	Check string `arg:"" optional:"" help:"A check, with or without \"Test\". Without one, the checks are listed."`
}

func (c *hintCommand) Help() string { return "Example: grader hint boundedbuffer TakeIsFIFO" }

// Run shows the next hint of a check, and remembers that it did. When all have been shown it shows them again.
func (c *hintCommand) Run() error {
	course, labs, err := chooseLabs([]string{c.Lab})
	if err != nil {
		return err
	}
	if len(labs) != 1 {
		return usage(fmt.Errorf("%s is %d labs; name one", c.Lab, len(labs)))
	}
	shown, err := readHints(course)
	if err != nil {
		return err
	}
	lab := labs[0]
	if c.Check == "" {
		listHints(lab, shown)
		return nil
	}
	check, ok := lab.Check("Test" + strings.TrimPrefix(c.Check, "Test"))
	if !ok {
		return usage(fmt.Errorf("%s has no check %q; `go run ./grader hint %s` lists them", lab.Name, c.Check, lab.Name))
	}
	key := lab.ID + " " + check.Test
	next := shown[key] % len(check.Hints)
	fmt.Printf("%s: %s\n\nhint %d of %d: %s\n", check.Test, check.Rule, next+1, len(check.Hints), check.Hints[next])
	shown[key] = next + 1
	return shown.write(course)
}

func listHints(lab *kit.Lab, shown hints) {
	for _, c := range lab.Checks {
		fmt.Printf("%s: %s\n  %d of %d hints shown; next: go run ./grader hint %s %s\n",
			c.Test, c.Rule, shown[lab.ID+" "+c.Test], len(c.Hints), lab.Name, strings.TrimPrefix(c.Test, "Test"))
	}
}

// hints counts how many hints of each check were shown, by "<lab id> <check>".
type hints map[string]int

func hintsFile(course *kit.Kit) string { return filepath.Join(course.Root, ".scalelab", "hints.json") }

func readHints(course *kit.Kit) (hints, error) {
	shown := hints{}
	text, err := os.ReadFile(hintsFile(course))
	if errors.Is(err, os.ErrNotExist) {
		return shown, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hints: %w", err)
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		return nil, usage(fmt.Errorf("hints: %s: %w; delete the file to begin anew", hintsFile(course), err))
	}
	return shown, nil
}

func (h hints) write(course *kit.Kit) error {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(hintsFile(course)), 0o755); err != nil {
		return fmt.Errorf("hints: %w", err)
	}
	return os.WriteFile(hintsFile(course), append(text, '\n'), 0o644)
}
