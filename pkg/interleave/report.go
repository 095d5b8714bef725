package interleave

import (
	"fmt"
	"slices"
	"strings"

	"scalelab/pkg/interleave/sched"
)

// What the scheduler records, under the names that readers of a report need.
type (
	Kind    = sched.Kind
	Event   = sched.Event
	Site    = sched.Site
	Object  = sched.ObjectInfo
	Task    = sched.TaskInfo
	Race    = sched.Race
	Access  = sched.Access
	Blocked = sched.Blocked
)

// The kinds of failure.
const (
	WrongResult   = sched.WrongResult
	DataRace      = sched.DataRace
	Deadlock      = sched.Deadlock
	Leak          = sched.Leak
	Livelock      = sched.Livelock
	Panic         = sched.Panic
	ResourceLimit = sched.ResourceLimit
)

// Report is what an exploration found out.
type Report struct {
	Schedules  int      // executions until the failure, or all
	Exhaustive int      // all executions with up to that many pre-emptions were tried; -1 if that cannot be said
	Failure    *Failure // nil if none was found
	Unjudged   string   // not empty: the scenario left what can be controlled, and nothing is said about it
}

// Summary says in one line what was tried.
func (r *Report) Summary() string {
	switch {
	case r.Unjudged != "":
		return "not judged: " + r.Unjudged
	case r.Failure != nil:
		return fmt.Sprintf("%s in schedule %d", r.Failure.Kind, r.Schedules)
	case r.Exhaustive >= 0:
		return fmt.Sprintf("no failure in %d schedules, among them all with up to %d pre-emptions", r.Schedules, r.Exhaustive)
	}
	return fmt.Sprintf("no failure in %d schedules", r.Schedules)
}

// Failure is an execution that goes wrong, made as short as could be.
type Failure struct {
	Kind    Kind
	Message string    // what is wrong, in one line or with require's words
	Site    *Site     // where it showed; nil if nowhere in particular
	Task    int       // which goroutine was at fault, or -1
	Race    *Race     // of a data race
	Damage  *Failure  // of a data race: what it led to in the execution shown; nil if it did no visible harm
	Blocked []Blocked // of a deadlock or leak
	Cycle   []int     // of a deadlock: goroutines that wait for each other in a ring
	Token   string    // replays the execution

	Tasks       []Task
	Events      []Event
	Repeats     int // of a livelock: that many events at the end come again and again
	Steps       int
	Switches    int
	Preemptions int
}

// Story tells the failure in sentences.
func (f *Failure) Story() string {
	var b strings.Builder
	switch f.Kind {
	case DataRace:
		fmt.Fprintf(&b, "Data race. %s", f.Race.Sentence())
		if f.Race.Of == sched.Map {
			fmt.Fprintf(&b, " Go may end the program: %s.", f.Race.Message())
		}
		if f.Damage != nil {
			fmt.Fprintf(&b, " What comes of it here: %s", f.Damage.Story())
		}
	case Deadlock, Leak, Livelock:
		fmt.Fprintf(&b, "%s%s.", strings.ToUpper(string(f.Kind[:1])), f.Kind[1:])
		if f.Kind == Livelock {
			fmt.Fprintf(&b, " There is %s.", f.Message)
		}
		for _, w := range f.stuck() {
			fmt.Fprintf(&b, " %s.", f.sentence(w))
		}
	default:
		fmt.Fprintf(&b, "%s%s. %s", strings.ToUpper(string(f.Kind[:1])), f.Kind[1:], f.Message)
		if f.Site != nil && !f.Site.InTest() {
			fmt.Fprintf(&b, " (%s, %s)", f.taskName(f.Task), f.Site)
		}
	}
	return b.String()
}

// stuck lists who cannot go on. A test that only waits for the others to end is not among them, unless it is alone.
func (f *Failure) stuck() []Blocked {
	inTest := func(b Blocked) bool { return b.Site.InTest() && !b.Running }
	others := slices.DeleteFunc(slices.Clone(f.Blocked), inTest)
	if len(others) == 0 {
		return f.Blocked
	}
	return others
}

// sentence tells what a blocked goroutine holds that others wait for, and what it waits for itself.
func (f *Failure) sentence(w Blocked) string {
	var held []string
	holderIsStuck := false
	for _, b := range f.Blocked {
		if b.Holder == w.Task && b.Task != w.Task {
			held = append(held, fmt.Sprintf("%s%s", b.Operand(), at(b.HeldAt)))
		}
		holderIsStuck = holderIsStuck || b.Task == w.Holder && b.Task != w.Task
	}
	slices.Sort(held)
	text := w.Name + " "
	if held = slices.Compact(held); len(held) > 0 {
		text += "holds " + strings.Join(held, " and ") + " and "
	}
	if w.Running {
		return text + fmt.Sprintf("keeps running, now at %s%s", strings.TrimSpace(w.Op+" "+w.Operand()), at(w.Site))
	}
	text += w.Waits() + at(w.Site)
	switch {
	case w.Holder == w.Task:
		text += ", which it holds itself" + since(w.HeldAt)
	case w.Holder >= 0 && !holderIsStuck:
		text += fmt.Sprintf(", which %s holds%s", f.taskName(w.Holder), since(w.HeldAt))
	}
	return text
}

// at is the place as it stands behind a word. A place in a test is left out: whoever reads the story may never have seen the test.
func at(s *Site) string {
	if s == nil || s.InTest() {
		return ""
	}
	return fmt.Sprintf(" (%s)", s)
}

func since(s *Site) string {
	if s == nil || s.InTest() {
		return ""
	}
	return fmt.Sprintf(" since %s", s)
}

func (f *Failure) taskName(id int) string {
	if id < 0 || id >= len(f.Tasks) {
		return fmt.Sprintf("goroutine %d", id)
	}
	return f.Tasks[id].Name
}

// Listing is the execution, one line per step.
func (f *Failure) Listing() string {
	var b strings.Builder
	for _, e := range f.Events {
		mark := ""
		switch {
		case e.Blocked:
			mark = " … waits"
		case e.Preempted:
			mark = " ~"
		}
		what := strings.TrimSpace(fmt.Sprintf("%s %v", e.Op, nameOf(e.Object)))
		fmt.Fprintf(&b, "%3d  %-12s %-28s %-22s %s%s\n", e.Index, f.taskName(e.Task), what, e.Site, e.Detail, mark)
	}
	if f.Repeats > 0 {
		fmt.Fprintf(&b, "     the last %d lines come again and again\n", f.Repeats)
	}
	return b.String()
}

// maxEvents bounds what is shown of an execution without an end.
const maxEvents = 200

// fold cuts what repeats at the end of an endless execution.
func (f *Failure) fold() {
	if len(f.Events) <= maxEvents {
		return
	}
	same := func(i, j int) bool {
		a, b := &f.Events[i], &f.Events[j]
		return a.Task == b.Task && a.Op == b.Op && a.Object == b.Object && a.Site == b.Site && a.Detail == b.Detail
	}
	n := len(f.Events)
	for period := 1; period <= maxEvents/2; period++ {
		i := n - 1
		for i >= period && same(i, i-period) {
			i--
		}
		if start := i + 1 - period; n-start >= 4*period && start+period <= maxEvents {
			f.Events, f.Repeats = f.Events[:start+period], period
			return
		}
	}
	f.Events = f.Events[:maxEvents]
}

func nameOf(o *Object) string {
	if o == nil {
		return ""
	}
	return o.String()
}
