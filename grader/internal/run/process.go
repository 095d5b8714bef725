package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"scalelab/pkg/check/record"
)

// ending is how a check's process ended and what it left.
type ending struct {
	Status  int             // exit status; 128 + signal if a signal ended it
	Stopped stop            // why the grader ended it, if it did
	Records []record.Record // well-formed ones, in order of arrival
	Garbled error           // what was wrong with the rest
	Output  string          // stdout and stderr together, bounded
}

// cutOff tells whether what the process wrote ends within a record because it was ended itself.
func (e *ending) cutOff() bool {
	return errors.Is(e.Garbled, io.ErrUnexpectedEOF) && (e.Stopped != notStopped || e.Status > 128 || crashIn(e.Output) != nil)
}

// stop is the bound that a process ran into.
type stop string

const (
	notStopped stop = ""
	outOfTime  stop = "time"
	outOfSpace stop = "memory"
	tooChatty  stop = "output"
)

// maxRecords bounds what is read from the results pipe; evidence with pictures stays far below.
const maxRecords = 8 << 20

// execute starts the process, feeds it the key, collects what it says and ends it with everything that it started.
func execute(ctx context.Context, job Job, key string) (*ending, error) {
	dir, err := os.MkdirTemp("", "scalelab-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	pipes, err := openPipes(key)
	if err != nil {
		return nil, err
	}
	defer pipes.close()

	output := &bounded{limit: job.Limits.Output, overflow: make(chan struct{})}
	cmd := exec.Command(job.Binary, "-test.run=^"+job.Check+"$", "-test.count=1", "-test.timeout=0")
	cmd.Dir = dir
	cmd.Env = environment(job, dir, key)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.ExtraFiles = []*os.File{pipes.resultsWrite, pipes.keyRead}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = 5 * time.Second // a survivor that holds the output open does not hold us up
	family, err := start(cmd, marker(key))
	if err != nil {
		return nil, err
	}
	records := pipes.collect()
	stopped := watch(ctx, cmd, job.Limits, output, family)
	end := &ending{Stopped: stopped, Status: exitStatus(cmd.ProcessState), Output: output.String()}
	end.Records, end.Garbled = records()
	return end, nil
}

// environment is all that a check's process sees of its surroundings.
func environment(job Job, dir, key string) []string {
	env := []string{
		"PATH=/usr/bin:/bin", "HOME=" + dir, fmt.Sprintf("GOMEMLIMIT=%d", job.Limits.Memory/4*3), "TMPDIR=" + dir, "LANG=C.UTF-8", "TZ=UTC", "GOTRACEBACK=all", "GOGC=400",
		"GORACE=atexit_sleep_ms=0 history_size=3",
		record.CheckEnv + "=" + job.Check, marker(key),
	}
	return append(env, job.Env...)
}

// marker is an environment variable by which every process that a check started can be found again.
func marker(key string) string { return "SCALELAB_RUN=" + key[:12] }

func exitStatus(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

// pipes connect grader and check: results come back, the key goes in.
type pipes struct {
	resultsRead, resultsWrite *os.File
	keyRead                   *os.File
}

func openPipes(key string) (*pipes, error) {
	p := &pipes{}
	var err error
	if p.resultsRead, p.resultsWrite, err = os.Pipe(); err != nil {
		return nil, err
	}
	keyRead, keyWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.keyRead = keyRead
	_, err = io.WriteString(keyWrite, key) // fits the pipe's buffer: it does not block
	return p, errors.Join(err, keyWrite.Close())
}

// collect closes the child's ends and starts reading; the returned function waits for the end of the records.
func (p *pipes) collect() func() ([]record.Record, error) {
	p.resultsWrite.Close()
	p.keyRead.Close()
	type answer struct {
		records []record.Record
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		raw, err := io.ReadAll(io.LimitReader(p.resultsRead, maxRecords))
		records, bad := record.Read(bytes.NewReader(raw))
		done <- answer{records, errors.Join(err, bad)}
	}()
	return func() ([]record.Record, error) {
		// The process and its descendants are gone: the pipe is at its end, unless one of them escaped with it.
		if err := p.resultsRead.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return nil, fmt.Errorf("results pipe: %w", err)
		}
		a := <-done
		return a.records, a.err
	}
}

func (p *pipes) close() error {
	for _, f := range []*os.File{p.resultsRead, p.resultsWrite, p.keyRead} {
		if f != nil {
			f.Close()
		}
	}
	return nil
}
