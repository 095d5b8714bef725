package interleave

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync/atomic"

	"scalelab/pkg/interleave/sched"
)

// TB is what Explore needs of a test; *testing.T and *check.T have it.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

// Reporter is a TB that wants the whole report. Explore hands it over and, if the scenario failed or could not be judged, ends the
// test with FailNow; it does not call Errorf.
type Reporter interface{ ReportInterleaving(*Report) }

// Explore runs the scenario body in many orders and fails t with the first execution that goes wrong.
func Explore(t TB, o Options, body func(x *Run)) {
	t.Helper()
	r := Find(o, body)
	if r == nil {
		return
	}
	if reporter, ok := t.(Reporter); ok {
		reporter.ReportInterleaving(r)
	} else {
		tell(t, r)
	}
	if r.Failure != nil || r.Unjudged != "" {
		t.FailNow()
	}
}

// tell writes a report into an ordinary test.
func tell(t TB, r *Report) {
	t.Helper()
	switch {
	case r.Unjudged != "":
		t.Errorf("%s", r.Summary())
	case r.Failure == nil:
	case r.Failure.Token == "": // a native run
		t.Errorf("%s", r.Failure.Message)
	default:
		t.Errorf("%s\n%s\n%sreplay: %s", r.Failure.Story(), r.Summary(), r.Failure.Listing(), r.Failure.Token)
	}
}

// ControlVariable is the environment variable that, if set, forbids native runs: a grader sets it, so that a build that went wrong is
// not judged, rather than judged by chance.
const ControlVariable = "SCALELAB_CONTROLLED"

// WalksVariable is the environment variable that, if set, is the number of random walks of every scenario that makes any: for hunting
// false alarms in code that is right.
const WalksVariable = "SCALELAB_WALKS"

// scenarios counts the explorations of this process: a token names its scenario by that number.
var scenarios atomic.Int32

// Find is Explore without a test. It returns nil for a scenario that is passed over because another one is being replayed.
func Find(o Options, body func(x *Run)) *Report {
	o = o.filled()
	number := int(scenarios.Add(1))
	switch {
	case sched.Controlled():
	case os.Getenv(ControlVariable) != "":
		return &Report{Exhaustive: -1, Unjudged: "the scenario was built without the rewriter"}
	default:
		return native(o, body)
	}
	if walks, err := strconv.Atoi(os.Getenv(WalksVariable)); err == nil && o.Random > 0 {
		o.Random = walks
	}
	e := newExplorer(o, number, body)
	defer e.config.Workers.Close()
	if token := replayToken(); token != "" {
		return e.replayIfMine(token)
	}
	e.explore()
	return e.report
}

// silence keeps what the code under test prints from being printed thousands of times. A replay lets it through.
func silence() (restore func()) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return func() {}
	}
	out, complaints := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = null, null
	return func() {
		os.Stdout, os.Stderr = out, complaints
		null.Close()
	}
}

// explorer is one exploration.
type explorer struct {
	options Options
	number  int
	body    func(x *Run)
	config  sched.Config
	report  *Report
	stepped int             // by shrinking, in all
	tame    map[string]bool // races that do no harm, if Options.Races is set
}

func newExplorer(o Options, number int, body func(x *Run)) *explorer {
	return &explorer{
		options: o, number: number, body: body, report: &Report{Exhaustive: -1}, tame: map[string]bool{},
		config: sched.Config{Steps: o.Steps, FairAfter: o.Turns, Workers: new(sched.Workers)},
	}
}

// explore goes through the strategies until something fails.
func (e *explorer) explore() {
	defer silence()()
	for i := range max(e.options.Random, 0) {
		if e.judge(e.run(e.config, sched.RandomWalk(e.options.Seed, uint64(i)))) {
			return
		}
	}
	left := e.options.Schedules
	for bound := range max(e.options.Preemptions+1, 0) {
		done, over := e.depthFirst(bound, &left)
		if over || !done {
			return
		}
		e.report.Exhaustive = bound
	}
}

// depthFirst enumerates the executions with at most bound pre-emptions. done: all of them; over: something failed.
func (e *explorer) depthFirst(bound int, left *int) (done, over bool) {
	d := &sched.DepthFirst{Bound: bound}
	complete := true
	for {
		if *left--; *left < 0 {
			return false, false
		}
		before := e.config.YieldUnlock
		r := e.run(e.config, d)
		if e.judge(r) {
			return false, true
		}
		if e.config.YieldUnlock != before { // somebody tried a lock for the first time: from here on there are more points
			d = &sched.DepthFirst{Bound: bound}
			continue
		}
		if d.Strayed() {
			e.report.Unjudged = "the scenario does not repeat itself under the same schedule"
			return false, true
		}
		complete = complete && !r.Partial
		if !d.Next() {
			return complete, false
		}
	}
}

// run executes the scenario once and checks its history.
func (e *explorer) run(c sched.Config, p sched.Picker) *sched.Result {
	x := &Run{controlled: true}
	r := sched.Run(c, p, func() { e.body(x) })
	if e.options.Leftovers && r.Failure != nil && r.Failure.Kind == Leak {
		r.Failure = nil
	}
	if r.Failure != nil {
		return r
	}
	wrong, unjudged := x.judge()
	switch {
	case wrong != "":
		r.Failure = &sched.Failure{Kind: WrongResult, Message: wrong, Task: -1}
	case unjudged != "":
		r.Failure = &sched.Failure{Kind: sched.Unjudged, Message: unjudged, Task: -1}
	}
	return r
}

// judge looks at one execution and reports whether the exploration is over.
func (e *explorer) judge(r *sched.Result) bool {
	e.report.Schedules++
	e.config.YieldUnlock = e.config.YieldUnlock || r.TriedLock
	switch {
	case r.Failure != nil && r.Failure.Kind == sched.Unjudged:
		e.report.Unjudged = unjudged(r.Failure)
	case e.race(r):
	case r.Failure != nil:
		e.fail(r, sameFailure(r.Failure))
	default:
		return false
	}
	return true
}

func unjudged(f *sched.Failure) string {
	if f.Site == nil {
		return f.Message
	}
	return fmt.Sprintf("%s (%s)", f.Message, f.Site)
}

// fail shrinks an execution that goes wrong and reports it.
func (e *explorer) fail(r *sched.Result, same predicate) {
	e.publish(e.config, e.shrink(e.config, r, same), false)
}

// damageWalks and damageSchedules bound the search for what a race leads to.
const (
	damageWalks     = 200
	damageSchedules = 400
)

// race makes the racing accesses scheduling points and looks for an execution in which the race does harm. It reports whether there was
// something to publish.
func (e *explorer) race(r *sched.Result) bool {
	wild := slices.IndexFunc(r.Races, func(race sched.Race) bool { return !e.tame[race.Key()] })
	if wild < 0 {
		return false
	}
	config := e.config
	config.YieldAt = map[string]bool{}
	for _, race := range r.Races {
		config.YieldAt[race.First.Site.String()], config.YieldAt[race.Second.Site.String()] = true, true
	}
	key := r.Races[wild].Key()
	harmful := func(r *sched.Result) bool {
		return r.Failure != nil && r.Failure.Kind != sched.Unjudged && hasRace(r, key)
	}
	if harm := e.search(config, harmful); harm != nil {
		same := sameFailure(harm.Failure)
		e.publish(config, e.shrink(config, harm, func(r *sched.Result) bool { return hasRace(r, key) && same(r) }), true)
		return true
	}
	if e.options.Races {
		e.tame[key] = true
		return e.race(r)
	}
	e.mere(config, r, key)
	return true
}

// mere publishes a race that does no harm.
func (e *explorer) mere(config sched.Config, r *sched.Result, key string) {
	mere := func(r *sched.Result) bool { return hasRace(r, key) && r.Failure == nil }
	if found := e.search(config, mere); found != nil {
		e.publish(config, e.shrink(config, found, mere), true)
		return
	}
	config.YieldAt = nil // with more scheduling points it does not come back: show it as it was found
	e.publish(config, e.shrink(config, r, func(r *sched.Result) bool { return hasRace(r, key) }), true)
}

// search looks for an execution that wanted holds for: random walks, then at most one pre-emption.
func (e *explorer) search(c sched.Config, wanted predicate) *sched.Result {
	for i := range uint64(damageWalks) {
		if r := e.run(c, sched.RandomWalk(e.options.Seed, i)); wanted(r) {
			return r
		}
	}
	d := &sched.DepthFirst{Bound: 1}
	for range damageSchedules {
		if r := e.run(c, d); wanted(r) {
			return r
		}
		if !d.Next() {
			break
		}
	}
	return nil
}
