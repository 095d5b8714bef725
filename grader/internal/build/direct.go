package build

import (
	"context"
	"fmt"
	"go/version"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/subject"
)

// The go command takes as long to find out what has to be done as the compiler takes to do it, and for each subject of a lab it finds out
// the same: two packages change, and what they are linked with does not. So the tools are told directly.
//
//	the subject's files ──compile──▶ lab.a ─────────────┐
//	the suite ──compile──▶ suite.a ──▶ main.a ──────────┼──link──▶ suite.test
//	the library (all that they import, compiled before) ┘
const (
	compiler = "compile"
	linker   = "link"
)

// direct builds the suite's binary without the go command.
func (b *Builder) direct(ctx context.Context, s *subject.Subject, o *overlay, lib *library) (string, error) {
	student := filepath.Join(o.dir, "lab.a")
	output, err := b.compilePackage(ctx, s.Lab, lib, unit{
		path: s.Lab.Package(), files: o.filesOf(s.Lab.Dir()), from: o, importcfg: lib.importcfg, archive: student,
	})
	if err != nil {
		return "", explain(s.Lab, o.dir, output, err)
	}
	main, importcfg, err := b.compileSuite(ctx, s.Lab, o, lib, student)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(o.dir, "suite.test")
	output, err = b.Go.runTool(ctx, s.Lab.Root, linker, b.workers(), "-o", binary, "-importcfg", importcfg, "-buildmode=exe", "-s", "-w",
		"-X", "testing.testBinary=1", main)
	if err != nil {
		return "", fmt.Errorf("link %s: %w\n%s", s.Lab.ID, err, strings.TrimSpace(output))
	}
	return binary, nil
}

// unit is a package to compile.
type unit struct {
	path      string
	files     []string // as they are called in the kit, in the order in which the go command has them
	from      *overlay // what is compiled in their place
	importcfg string
	archive   string   // the result
	flags     []string // beyond what the go command would say
}

// compilePackage compiles as the go command does; what is compiled from the overlay's folder calls itself as it is called in the kit.
func (b *Builder) compilePackage(ctx context.Context, lab *kit.Lab, lib *library, u unit) (string, error) {
	workers := b.workers()
	args := []string{
		"-o", u.archive, "-p", u.path, "-lang=" + version.Lang("go"+lib.GoVersion), "-complete", "-nolocalimports", "-pack",
		"-dwarf=false", // the linker would throw it away: a quarter of the compiler's time
		"-c=" + strconv.Itoa(workers), "-importcfg", u.importcfg,
	}
	var trim, sources []string
	for _, name := range u.files {
		source := name
		if by, replaced := u.from.replace[name]; replaced {
			source = by
			trim = append(trim, by+"=>"+name)
		}
		sources = append(sources, source)
	}
	args = append(append(args, "-trimpath", strings.Join(trim, ";")), u.flags...)
	output, err := b.Go.runTool(ctx, lab.Root, compiler, workers, append(args, sources...)...)
	return strings.ReplaceAll(output, lab.Root+string(filepath.Separator), ""), err
}

// workers is on how many cores a tool works. What it does on a second one costs more in all: its threads wait for each other.
func (b *Builder) workers() int {
	if b.Spare == nil {
		return 1
	}
	return min(4, 1+b.Spare())
}

// filesOf are the names of the files in a folder of the kit that the overlay puts there.
func (o *overlay) filesOf(dir string) []string {
	var names []string
	for name, by := range o.replace {
		if by != "" && filepath.Dir(name) == dir && filepath.Ext(name) == ".go" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
