// Package build compiles a suite with a subject's files in place of the student's half.
//
//	labs/<id>/<files>          ← the subject's sources            (overlay)
//	labs/<id>/<given files>    ← the staff's copies               (overlay)
//	labs/<id>/0_subject.go     ← registers the subject's digest   (overlay)
//	labs/<id>/*_test.go, rest  ← nothing                          (overlay)
//	grader/suites/<id>         ─── go test -c ──▶ one test binary
//
// For checks that explore interleavings both packages are rewritten first (package interleave/rewrite): the scheduler of interleave
// then decides which goroutine goes on.
//
// The kit's tree is never written to. The compiler's environment is the grader's own, because Go ignores overlays silently under
// some of a user's flags. And because "silently" must never mean a wrong grade, the binary itself tells which subject is in it.
package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"scalelab/grader/internal/archive"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/subject"
)

// Mode is a way of building a suite; checks with the same mode share a binary.
type Mode struct {
	Race    bool // with the race detector
	Virtual bool // with mutexes that virtual time can see through
	Control bool // rewritten, so that a scheduler decides who runs when
}

// ModeOf tells how a check's binary is built. The scheduler finds data races itself.
func ModeOf(c kit.Check) Mode {
	if c.Mode == kit.Interleave {
		return Mode{Control: true}
	}
	return Mode{Race: c.Race, Virtual: c.Mode == kit.VirtualTime}
}

func (m Mode) String() string {
	name := "plain"
	switch {
	case m.Virtual:
		name = "virtual"
	case m.Control:
		name = "controlled"
	}
	if m.Race {
		name += "-race"
	}
	return name
}

// ErrNoCompiler is returned for race builds on a machine without a C compiler.
var ErrNoCompiler = errors.New("a build with the race detector needs a C compiler (install gcc); see `go run ./grader doctor`")

// StudentError says that the subject's own files do not compile.
type StudentError struct{ Diagnostics []Diagnostic }

// Diagnostic is one complaint of the compiler, in its own words, about a student's file.
type Diagnostic struct {
	File    string // base name
	Line    int
	Column  int
	Message string
}

func (e *StudentError) Error() string {
	lines := make([]string, 0, len(e.Diagnostics))
	for _, d := range e.Diagnostics {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.Message))
	}
	return strings.Join(lines, "\n")
}

// Builder compiles into folders of its own below Dir.
type Builder struct {
	Dir      string // a private, empty folder
	Go       *Toolchain
	Archives archive.Finder
	Spare    func() int // cores that nobody works on; a compiler that shares its work out to more takes a tenth longer in all. nil: none

	libraries libraries
}

// Suite compiles the hidden suite of the subject's lab. A fault of the student's files is a *StudentError; any other error is the
// kit's or the machine's.
func (b *Builder) Suite(ctx context.Context, s *subject.Subject, mode Mode) (string, error) {
	if mode.Race && !b.Go.HasC() {
		return "", ErrNoCompiler
	}
	o, err := b.overlay(ctx, s, mode, hideVisibleTests)
	if mode.Control && err != nil {
		return "", b.uncontrolled(ctx, s, err)
	}
	if err != nil {
		return "", err
	}
	lib, err := b.library(ctx, s.Lab)
	if err != nil {
		return "", err
	}
	if !mode.Race && b.Go.directly(lib.GoVersion) {
		return b.direct(ctx, s, o, lib)
	}
	flags := []string{"-gcflags=" + s.Lab.SuitePackage() + "...=" + suiteFlags}
	if mode.Race {
		flags = append(flags, "-race")
	}
	return b.compile(ctx, s, o, "suite", append(flags, "./grader/suites/"+s.Lab.ID)...)
}

// Visible compiles the lab's own tests, which the student has, with the subject's files.
func (b *Builder) Visible(ctx context.Context, s *subject.Subject) (string, error) {
	o, err := b.overlay(ctx, s, Mode{}, keepVisibleTests)
	if err != nil {
		return "", err
	}
	return b.compile(ctx, s, o, "visible", "-tags=", "./labs/"+s.Lab.ID) // to whose tests nobody gives a server
}

// compile leaves the build to the go command.
func (b *Builder) compile(ctx context.Context, s *subject.Subject, o *overlay, name string, args ...string) (string, error) {
	file, err := o.file()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(o.dir, name+".test")
	// Linked as `go test` links what it runs at once; what vet would say is no matter of a grade.
	args = append([]string{"test", "-c", "-vet=off", "-o", binary, "-overlay", file, "-ldflags=-s -w"}, args...)
	output, err := b.Go.Run(ctx, s.Lab.Root, args...)
	if err != nil {
		return "", explain(s.Lab, o.dir, output, err)
	}
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("build %s of %s: the compiler wrote no binary: %s", name, s.Lab.ID, output)
	}
	return binary, nil
}
