package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"time"
)

// A type check is meant for programs, not for riddles. A page of source can ask it
// for a text of 2⁶⁰ characters or a type with as many fields:
//
//	const a1 = a0 + a0
//	const a2 = a1 + a1 …
//
// and the process that tries is lost. So a submission's types are checked in a
// process of its own, under limits, and the grader lives on. The worker is the
// grader's own program, started again with [WorkerVariable] set.

// WorkerVariable in the environment tells the program to call [Work] and exit.
const WorkerVariable = "SCALELAB_POLICY_WORKER"

// Limits of one worker. An honest lab takes a hundredth of either.
const (
	workerCPU      = 2 * time.Second // of processor time
	workerMemory   = 1 << 30         // bytes
	workerPatience = 2 * time.Minute // on the wall's clock: a machine that is too busy is not the student's fault
)

// exitLimit is the status with which a worker ends at its limits.
const exitLimit = 70

// request is what a worker reads, reply what it writes.
type request struct {
	Files   map[string][]byte `json:"files"`
	Rules   Rules             `json:"rules"`
	Exports map[string]string `json:"exports"`
}

type reply struct {
	Findings Findings `json:"findings"`
	Fault    string   `json:"fault,omitempty"` // the kit's, as an error of Types
}

// TypesIsolated is [Types] in a worker. executable is the grader's own program.
// Source that exceeds the limits is refused.
func TypesIsolated(ctx context.Context, executable string, files map[string][]byte, rules Rules, exports *Exports) (Findings, error) {
	input, err := json.Marshal(request{Files: files, Rules: rules, Exports: exports.Files})
	if err != nil {
		return Findings{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, workerPatience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, executable)
	cmd.Env = []string{WorkerVariable + "=1", "GOTRACEBACK=none"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return excessive(ctx, files, cmd.ProcessState, err, stderr.String())
	}
	var r reply
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		return Findings{}, fmt.Errorf("type check of %s: worker: %w", rules.Package, err)
	}
	if r.Fault != "" {
		return Findings{}, errors.New(r.Fault)
	}
	return r.Findings, nil
}

// excessive tells a worker that met its limits from one that failed.
func excessive(ctx context.Context, files map[string][]byte, state *os.ProcessState, err error, stderr string) (Findings, error) {
	if ctx.Err() != nil {
		return Findings{}, fmt.Errorf("type check: %w", ctx.Err())
	}
	// Which limit comes first depends on the machine; the answer must not.
	limited := state != nil && (state.ExitCode() == exitLimit ||
		strings.Contains(stderr, "out of memory") || strings.Contains(stderr, "cannot allocate memory"))
	if !limited {
		return Findings{}, fmt.Errorf("type check: worker: %w: %s", err, firstLine(stderr))
	}
	first := slices.Min(slices.Collect(maps.Keys(files)))
	return Findings{Refusals: []Refusal{{File: first, Line: 1, Column: 1, Rule: RuleEffort,
		Message: "checking the types takes more time or memory than any program of a lab could need: look for constants or types that double again and again"}}}, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// Work is all that a worker does: it limits itself, reads a request, checks and
// replies. It returns the status to exit with.
func Work(in io.Reader, out io.Writer) int {
	debug.SetGCPercent(400) // it ends before garbage matters
	go watchMyself(os.Exit)
	if err := limitMyself(); err != nil {
		fmt.Fprintf(os.Stderr, "limits: %v\n", err)
		return 1
	}
	var q request
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		fmt.Fprintf(os.Stderr, "request: %v\n", err)
		return 1
	}
	var r reply
	src, findings := Syntax(q.Files, q.Rules)
	if r.Findings = findings; findings.OK() {
		var err error
		if r.Findings, err = Types(src, &Exports{Files: q.Exports}, q.Rules); err != nil {
			r.Fault = err.Error()
		}
	}
	if err := json.NewEncoder(out).Encode(r); err != nil {
		fmt.Fprintf(os.Stderr, "reply: %v\n", err)
		return 1
	}
	return 0
}

// watchMyself ends the process at its limits.
func watchMyself(exit func(status int)) {
	memory := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(10 * time.Millisecond) {
		metrics.Read(memory)
		if memory[0].Value.Uint64()-memory[1].Value.Uint64() > workerMemory || processorTime() > workerCPU {
			exit(exitLimit)
		}
	}
}
