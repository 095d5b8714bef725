// Package grading takes one subject through the stages: policy, build, run, score.
//
//	subject ──policy──▶ ──build──▶ test binaries ──run──▶ results ──score──▶ the lab's part of a scorecard
//
// Students' submissions and the kit's own stubs, solutions, alternates and mutants all go this way, so what verify proves of the
// one holds for the other.
package grading

import (
	"context"
	"runtime"
	"sync"

	"scalelab/grader/internal/build"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// Bench is what every grading of a run shares: the compiler, the policy and the machine's cores.
type Bench struct {
	Builder *build.Builder
	Imports *Imports      // types of what labs may import
	Walks   int           // random walks of every explored scenario; 0 leaves it to the suites
	cores   chan struct{} // one token for each core: builds and checks take one while they work
	places  chan struct{} // one token for each subject under way: enough to keep the cores busy, few enough for the disk

	mu    sync.Mutex
	views map[string]chan struct{} // one token for each open view, by the services that it is of
}

// NewBench returns a bench that uses all cores.
func NewBench(builder *build.Builder, imports *Imports) *Bench {
	b := &Bench{
		Builder: builder, Imports: imports,
		cores:  make(chan struct{}, runtime.GOMAXPROCS(0)),
		places: make(chan struct{}, 3*runtime.GOMAXPROCS(0)),
		views:  map[string]chan struct{}{},
	}
	builder.Spare = func() int { return cap(b.cores) - len(b.cores) }
	return b
}

// Grade judges the subject against its lab's suite, with the services of servers. It always returns a result; a fault of the kit or
// the machine becomes "not judged".
func (b *Bench) Grade(ctx context.Context, s *subject.Subject, servers Servers) *score.Lab {
	return b.GradeOn(ctx, s, []Servers{servers})[0]
}

// GradeOn builds once and judges once for each of the servers, in their order.
func (b *Bench) GradeOn(ctx context.Context, s *subject.Subject, on []Servers) []*score.Lab {
	return b.grade(ctx, s, on)
}

// grade is the way of every subject through the stages. env is for its checks, beyond what they always have.
func (b *Bench) grade(ctx context.Context, s *subject.Subject, on []Servers, env ...string) []*score.Lab {
	b.places <- struct{}{}
	defer func() { <-b.places }()
	watch := newStopwatch()
	vetted, refused := vetSyntax(s)
	if refused != nil {
		return watch.stop(s, refused, len(on))
	}
	watch.lap(&watch.Syntax)
	building, stopBuilding := context.WithCancel(ctx)
	defer stopBuilding()
	typesVetted := make(chan struct{})
	binaries := b.startBuilds(building, s, typesVetted)
	defer binaries.remove()
	if refused = b.vetTypes(ctx, vetted); refused != nil {
		stopBuilding()
	}
	close(typesVetted)
	if broken := binaries.wait(); refused == nil {
		refused = broken
	}
	watch.lap(&watch.Build)
	if refused != nil {
		return watch.stop(s, refused, len(on))
	}
	var results []*score.Lab
	for _, servers := range on {
		verdicts := b.runChecks(ctx, s, binaries, servers, env)
		watch.lap(&watch.Checks)
		results = append(results, watch.stop(s, tally(s, verdicts), 1)...)
	}
	return results
}

// tally scores the verdicts, notes how long each took, and binds replay tokens to what was graded.
func tally(s *subject.Subject, verdicts []run.Verdict) *score.Lab {
	results := make([]record.Result, len(verdicts))
	for i, v := range verdicts {
		results[i] = v.Result
	}
	l := score.Of(s.Lab, results)
	for i, v := range verdicts {
		l.Checks[i].Timing.Milliseconds = v.Took.Milliseconds()
		l.Checks[i].Replay = TokenFor(s, l.Checks[i].ID, v.Replay)
	}
	return l
}

// onCore runs f while holding a core.
func (b *Bench) onCore(ctx context.Context, f func() error) error {
	select {
	case b.cores <- struct{}{}:
		defer func() { <-b.cores }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// modes lists the ways in which the lab's suite must be built.
func modes(lab *kit.Lab) []build.Mode {
	var all []build.Mode
	seen := map[build.Mode]bool{}
	for _, c := range lab.Checks {
		if m := build.ModeOf(c); !seen[m] {
			seen[m] = true
			all = append(all, m)
		}
	}
	return all
}
