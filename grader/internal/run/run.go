// Package run runs one check in a process of its own and decides what its records mean.
//
//	             key ──▶ descriptor 4 ┐
//	grader                            check process (own process group, clean environment, empty folder)
//	             records ◀─ descriptor 3 ┘      │
//	             output, never believed ◀───────┘
//
// One process per check: a crash, a deadlock or an early exit of one check never touches another's result. The process is bounded
// in time, memory and output, and whatever it started is ended with it.
package run

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"scalelab/pkg/check/record"
)

// Job is one check to run.
type Job struct {
	Binary  string   // test binary of the suite
	Check   string   // test function
	Subject string   // digest that the binary must report
	Race    bool     // the binary has the race detector
	Env     []string // the services' addresses
	Limits  Limits
	Output  io.Writer // gets what the check printed; may be nil
}

// Limits bound a check's process.
type Limits struct {
	Time   time.Duration // wall clock
	Memory int64         // bytes of resident memory, all its processes together
	Output int           // bytes of output, kept and allowed
}

// DefaultLimits are generous: they exist against hanging and flooding, not to measure.
func DefaultLimits(time time.Duration) Limits {
	return Limits{Time: time, Memory: 1 << 30, Output: 1 << 20}
}

// Verdict is what became of a check, and how long it took.
type Verdict struct {
	record.Result
	Took time.Duration
}

// Check runs the job and judges it. The error is the machine's: the check is then not judged.
func Check(ctx context.Context, job Job) (Verdict, error) {
	key := rand.Text()
	start := time.Now()
	end, err := execute(ctx, job, key)
	if err != nil {
		return Verdict{}, fmt.Errorf("run %s: %w", job.Check, err)
	}
	if err := ctx.Err(); err != nil {
		return Verdict{}, fmt.Errorf("run %s: %w", job.Check, err)
	}
	if job.Output != nil {
		io.WriteString(job.Output, end.Output)
	}
	return Verdict{Result: judge(job, key, end), Took: time.Since(start)}, nil
}
