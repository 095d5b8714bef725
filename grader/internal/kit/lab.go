package kit

import (
	"path/filepath"
	"slices"
	"time"
)

// Mode is how a check's time and schedule are controlled.
type Mode string

// The modes of design and lab.yaml.
const (
	Plain       Mode = "plain"       // ordinary time
	VirtualTime Mode = "virtualtime" // testing/synctest
	Services    Mode = "services"    // ordinary time, against Redis or RabbitMQ
	Interleave  Mode = "interleave"  // explored schedules
)

var (
	modes    = []Mode{Plain, VirtualTime, Services, Interleave}
	levels   = []string{"starter", "core", "advanced"}
	services = []string{"redis", "rabbitmq"}
)

// Lab is one exercise: what the student submits and how it is judged.
type Lab struct {
	ID       string // <chapter>/<lab>, such as ch04-concurrency/boundedbuffer
	Chapter  string // folder of the chapter
	Name     string // folder and Go package name
	Root     string // the kit's root
	Manifest string // lab.yaml, relative to the root

	Title    string
	Summary  string
	Number   int      // chapter of the book
	Sections []string // sections of that chapter
	Files    []string // what the student submits
	Given    []string // Go files that belong to the lab and are not submitted, such as api.go
	API      []string // declarations that the subject must export
	Level    string
	Minutes  int
	Imports  []string // import paths that the student may use
	Checks   []Check  // in the order of lab.yaml
}

// Check is one named test of the hidden suite.
type Check struct {
	Test      string
	Points    int
	Rule      string
	Hints     []string
	Mode      Mode
	Race      bool
	Timeout   time.Duration // wall clock; a bound against hanging, never a measure
	Services  []string
	Needs     []string
	Exclusive bool
}

// Dir is the student's half.
func (l *Lab) Dir() string { return filepath.Join(l.Root, "labs", filepath.FromSlash(l.ID)) }

// SolutionDir is the reference solution.
func (l *Lab) SolutionDir() string {
	return filepath.Join(l.Root, "solutions", filepath.FromSlash(l.ID))
}

// SuiteDir is the hidden suite.
func (l *Lab) SuiteDir() string {
	return filepath.Join(l.Root, "grader", "suites", filepath.FromSlash(l.ID))
}

// Package is the import path under which every subject of the lab is compiled.
func (l *Lab) Package() string { return "scalelab/labs/" + l.ID }

// SuitePackage is the import path of the hidden suite.
func (l *Lab) SuitePackage() string { return "scalelab/grader/suites/" + l.ID }

// Services lists every service that a check of the lab uses, sorted.
func (l *Lab) Services() []string {
	var all []string
	for _, c := range l.Checks {
		all = append(all, c.Services...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Check returns the check with that test function.
func (l *Lab) Check(test string) (Check, bool) {
	for _, c := range l.Checks {
		if c.Test == test {
			return c, true
		}
	}
	return Check{}, false
}
