package grading

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"scalelab/grader/internal/build"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
	"scalelab/pkg/check/wording"
	"scalelab/pkg/interleave"
)

// Servers gives each check a private view of the services that it uses.
type Servers interface {
	View(ctx context.Context, c kit.Check) (View, error)
}

// View is a private, empty database or virtual host, with a fault proxy in front.
type View interface {
	Env() []string                    // the addresses, for the check's environment
	Health(ctx context.Context) error // an error if the server died or was replaced while the view was open
	Close(ctx context.Context) error
}

// viewsPerCore is how many checks that use servers run at once for each core: few enough that none is starved while it is patient.
const viewsPerCore = 3

// runChecks runs every check of the lab, as many at once as the machine can serve, and returns their results in the order of lab.yaml.
func (b *Bench) runChecks(ctx context.Context, s *subject.Subject, bs *builds, servers Servers, env []string) []run.Verdict {
	verdicts := make([]run.Verdict, len(s.Lab.Checks))
	var group sync.WaitGroup
	for i, c := range s.Lab.Checks {
		group.Go(func() {
			var err error
			if verdicts[i], err = b.runCheck(ctx, s, c, bs, servers, env); err != nil {
				verdicts[i] = unjudged(err)
			}
		})
	}
	group.Wait()
	return verdicts
}

// runCheck runs one check. An error is the kit's or the machine's fault.
func (b *Bench) runCheck(ctx context.Context, s *subject.Subject, c kit.Check, bs *builds, servers Servers, env []string) (run.Verdict, error) {
	binary, err := bs.binary(build.ModeOf(c))
	if err != nil {
		return run.Verdict{}, err
	}
	job := run.Job{
		Binary: binary, Check: c.Test, Subject: s.Digest(), Race: c.Race, Limits: run.DefaultLimits(c.Timeout),
		Env: slices.Clone(env),
	}
	if c.Mode == kit.VirtualTime && !c.Race {
		// Goroutines that are ready at the same moment then run in the order in which they became ready, and not in one that two threads
		// make out between them.
		job.Env = append(job.Env, "GOMAXPROCS=1")
	}
	if c.Mode == kit.Interleave {
		// One goroutine runs at a time, so a second thread would only cost the time to wake it.
		job.Env = append(job.Env, interleave.ControlVariable+"=1", "GOMAXPROCS=1")
		job.Limits.Output *= 16 // the builtin println cannot be silenced, and is called in every execution
		if b.Walks > 0 {
			job.Env = append(job.Env, fmt.Sprintf("%s=%d", interleave.WalksVariable, b.Walks))
		}
	}
	if UsesServers(c) {
		return b.runServed(ctx, job, c, servers)
	}
	return b.runJob(ctx, job)
}

// runJob runs the check's process on one core.
func (b *Bench) runJob(ctx context.Context, job run.Job) (verdict run.Verdict, err error) {
	err = b.onCore(ctx, func() (err error) {
		verdict, err = run.Check(ctx, job)
		return err
	})
	return verdict, err
}

// runServed runs a check with a view of its servers. A failure is believed only if the servers are the same, and well, after it.
// Such a check waits more than it works, so it takes a place at the servers and no core. Waiting for a server to start holds up no
// check that does not need it.
func (b *Bench) runServed(ctx context.Context, job run.Job, c kit.Check, servers Servers) (run.Verdict, error) {
	leave, err := b.enter(ctx, strings.Join(c.Services, "+"))
	if err != nil {
		return run.Verdict{}, err
	}
	defer leave()
	view, err := servers.View(ctx, c)
	if err != nil {
		return run.Verdict{}, err
	}
	defer closeView(view)
	job.Env = append(job.Env, view.Env()...)
	verdict, err := run.Check(ctx, job)
	if err == nil && verdict.Verdict == record.Failed {
		if ill := view.Health(ctx); ill != nil {
			return run.Verdict{}, fmt.Errorf("%s was not well during the check: %w", strings.Join(c.Services, " or "), ill)
		}
	}
	return verdict, err
}

// enter bounds how many views of the same services are open at once: a few for each core.
func (b *Bench) enter(ctx context.Context, services string) (leave func(), err error) {
	b.mu.Lock()
	places, ok := b.views[services]
	if !ok {
		places = make(chan struct{}, viewsPerCore*cap(b.cores))
		b.views[services] = places
	}
	b.mu.Unlock()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// UsesServers tells whether the check needs a server outside its process; in virtual time it brings its own.
func UsesServers(c kit.Check) bool { return len(c.Services) > 0 && c.Mode != kit.VirtualTime }

// closeView removes what the check left on the server; it must happen even when the run was interrupted.
func closeView(v View) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = v.Close(ctx) // what stays behind is found by the sweep at the next start
}

// unjudged words a fault of the kit, the machine or a service. The whole text, which may differ from run to run, is kept as native output.
func unjudged(err error) run.Verdict {
	return run.Verdict{Result: record.Result{
		Verdict: record.NotJudged,
		Message: wording.Same(firstLine(err.Error())),
		Native:  err.Error(),
	}}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
