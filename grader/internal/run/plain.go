package run

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// PlainResult is what an ordinary test did: its exit status decides, its output is for people.
type PlainResult struct {
	Name   string
	Passed bool
	Output string
}

// Plain runs one ordinary test of a binary, such as one of a lab's visible tests, with the bounds of a check.
func Plain(ctx context.Context, binary, test string, limits Limits) (PlainResult, error) {
	dir, err := os.MkdirTemp("", "scalelab-test-")
	if err != nil {
		return PlainResult{}, fmt.Errorf("run %s: %w", test, err)
	}
	defer os.RemoveAll(dir)
	output := &bounded{limit: limits.Output, overflow: make(chan struct{})}
	cmd := exec.Command(binary, "-test.run=^"+test+"$", "-test.count=1", "-test.timeout=0")
	cmd.Dir = dir
	mark := fmt.Sprintf("SCALELAB_RUN=plain-%s", dir)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "TZ=UTC", mark}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	family, err := start(cmd, mark)
	if err != nil {
		return PlainResult{}, fmt.Errorf("run %s: %w", test, err)
	}
	stopped := watch(ctx, cmd, limits, output, family)
	return PlainResult{Name: test, Passed: stopped == notStopped && exitStatus(cmd.ProcessState) == 0, Output: output.String()}, ctx.Err()
}
