package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Toolchain runs the go command with an environment of the grader's own: nothing that a user has set can change a grade.
type Toolchain struct {
	Path string // of the go command

	tools   string // folder of the compiler and the linker
	version string // of all of them: go1.26.8
	env     []string
	c       []string  // to env, what it takes to link C: only the race detector needs that, and all else is linked faster without. nil without a compiler
	once    sync.Once // the modules are fetched at most once
	err     error
}

// FindToolchain looks the go command up and fixes the environment of every build. It builds with the tag "graded": package services then
// leaves out the servers that it would start where the grader has given none.
func FindToolchain(ctx context.Context) (*Toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("find the go command: %w; install Go 1.26 or later", err)
	}
	cmd := exec.CommandContext(ctx, path, "env", "GOCACHE", "GOMODCACHE", "GOROOT", "CC", "GOTOOLDIR", "GOVERSION")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local") // as in every build: the tools are this command's own
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	values := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(values) != 6 {
		return nil, fmt.Errorf("go env: six lines expected, got %q", out)
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(),
		"GOCACHE=" + values[0], "GOMODCACHE=" + values[1], "GOROOT=" + values[2],
		"GOFLAGS=-tags=graded", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GOENV=off", "GOEXPERIMENT=", "GODEBUG=", "LC_ALL=C",
		"GOGC=400", // a compiler of so little has memory to spare: a tenth of its time
	}
	g := &Toolchain{Path: path, tools: values[4], version: values[5], env: append(env, "CGO_ENABLED=0")}
	if _, err := exec.LookPath(strings.Fields(values[3] + " cc")[0]); err == nil {
		g.c = []string{"CGO_ENABLED=1", "CC=" + values[3]}
	}
	return g, nil
}

// Version is that of the go command, the compiler and the linker: go1.26.8.
func (g *Toolchain) Version() string { return g.version }

// HasC tells whether the race detector can be linked in.
func (g *Toolchain) HasC() bool { return g.c != nil }

// Run runs the go command in dir and returns all that it printed. Modules that are not on this machine yet are fetched once.
func (g *Toolchain) Run(ctx context.Context, dir string, args ...string) (string, error) {
	env := g.env
	if slices.Contains(args, "-race") {
		env = slices.Concat(env, g.c)
	}
	output, err := g.run(ctx, g.Path, dir, env, args...)
	if err == nil || !missesModules(output) {
		return output, err
	}
	g.once.Do(func() { g.err = g.fetchModules(ctx, dir) })
	if g.err != nil {
		return output, g.err
	}
	return g.run(ctx, g.Path, dir, env, args...)
}

// runTool runs the compiler or the linker in dir, on so many cores, and returns all that it printed.
func (g *Toolchain) runTool(ctx context.Context, dir, name string, cores int, args ...string) (string, error) {
	return g.run(ctx, g.tool(name), dir, append(slices.Clip(g.env), "PWD="+dir, "GOMAXPROCS="+strconv.Itoa(cores)), args...)
}

func (g *Toolchain) tool(name string) string { return filepath.Join(g.tools, name) }

// directly tells whether the tools may be used without the go command, for packages of that version of the language. Elsewhere than on
// Linux, and where language and toolchain differ, the go command knows better what to tell them.
func (g *Toolchain) directly(language string) bool {
	if runtime.GOOS != "linux" || version.Lang(g.version) != version.Lang("go"+language) {
		return false
	}
	for _, name := range []string{compiler, linker} {
		if _, err := os.Stat(g.tool(name)); err != nil {
			return false
		}
	}
	return true
}

func (g *Toolchain) run(ctx context.Context, program, dir string, env []string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return out.String(), err
}

func missesModules(output string) bool {
	return strings.Contains(output, "module lookup disabled by GOPROXY=off") ||
		strings.Contains(output, "is not in GOROOT") || strings.Contains(output, "missing go.sum entry for go.mod file")
}

// fetchModules lets the go command fetch what the labs and suites import, with the user's own settings for where from.
func (g *Toolchain) fetchModules(ctx context.Context, dir string) error {
	env := append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GOTOOLCHAIN=local")
	output, err := g.run(ctx, g.Path, dir, env, "list", "-test", "-deps", "-f", "{{if .Error}}{{.Error}}{{end}}", "./labs/...", "./grader/suites/...")
	if err != nil {
		return fmt.Errorf("fetch the modules of the labs (is this machine online?): %w\n%s", err, output)
	}
	return nil
}
