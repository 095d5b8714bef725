// Package process starts servers as children of the grader: one private redis-server for each check, one private
// RabbitMQ node for a run. Nothing of the system's own servers is touched: ports, data, logs, cookies and, for
// RabbitMQ, the port mapper are all our own, below one private folder.
//
//	grader ─┬─ redis-server            one per check, 15 ms
//	        ├─ epmd                    RabbitMQ's port mapper, on a port of its own
//	        └─ beam.smp (RabbitMQ)     one per run, 6 to 14 s
//
// Every child leads a process group and dies with the grader, even if that is killed.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"scalelab/grader/internal/services/owner"
)

// poll is the pause between two looks at a condition of a starting server.
const poll = 2 * time.Millisecond

// child is a running server.
type child struct {
	name string
	pid  int
	log  string // path of what it printed
	done chan struct{}
}

// spawn starts cmd with its output in dir/log and notes it in the folder.
func spawn(folder *owner.Folder, dir string, cmd *exec.Cmd) (*child, error) {
	name := filepath.Base(cmd.Path)
	c := &child{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.SysProcAttr = diesWithUs()
	started := make(chan error)
	go func() {
		defer close(c.done)
		// The kernel ends such a child when the thread that started it ends: keep that thread to the child's end.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()                                      // how it ended is in its log
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of its group
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c.pid = cmd.Process.Pid
	if err := folder.NoteChild(c.pid); err != nil {
		c.kill()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// running reports whether the child lives.
func (c *child) running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// kill ends the child and its whole group at once, and waits for the child. Afterwards its number may belong to
// somebody else, so a second kill does nothing.
func (c *child) kill() {
	if c.running() {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
	<-c.done
}

// stop asks the child to end and waits for it; when ctx ends first it is killed.
func (c *child) stop(ctx context.Context) {
	if c.running() {
		_ = syscall.Kill(c.pid, syscall.SIGTERM)
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.kill()
	}
}

// await calls ready until it returns nil, the child ends or ctx does.
func (c *child) await(ctx context.Context, ready func(context.Context) error) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("%s ended while starting: %s", c.name, c.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w: %s", c.name, errors.Join(ctx.Err(), err), c.lastWords())
		case <-tick.C:
		}
	}
}

// lastWords is the end of what the child printed.
func (c *child) lastWords() string {
	printed, _ := os.ReadFile(c.log)
	text := strings.TrimSpace(string(printed))
	if text == "" {
		return "(it printed nothing)"
	}
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
