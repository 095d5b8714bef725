package sched

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// Kind says in which way an execution went wrong.
type Kind string

// The kinds of failure. Unjudged is the engine's own: the execution left what it can control.
const (
	WrongResult   Kind = "wrong result"
	DataRace      Kind = "data race"
	Deadlock      Kind = "deadlock"
	Leak          Kind = "goroutine leak"
	Livelock      Kind = "livelock"
	Panic         Kind = "panic"
	ResourceLimit Kind = "resource limit"
	Unjudged      Kind = "not judged"
)

// Failure is what ended an execution, or the race found in it.
type Failure struct {
	Kind    Kind
	Message string // as Go would print it where Go has words for it
	Task    int    // the task at fault, or -1
	Site    *Site
	Blocked []Blocked // of a deadlock or a leak: who waits where
	Cycle   []int     // of a deadlock: tasks each of which waits for the next one, the last for the first
	Race    *Race
}

// Blocked is one task that cannot go on.
type Blocked struct {
	Task    int
	Name    string
	Op      string
	Object  *ObjectInfo // nil where there is none
	Site    *Site
	Holder  int  // the task that holds Object, or -1
	Running bool // it does not wait at all: it keeps going without an end
	HeldAt  *Site
}

// Race is a pair of accesses to the same memory that nothing orders, at least one of which writes.
type Race struct {
	First, Second Access
	Of            Subject
}

// Subject is what a race is about.
type Subject int

// The subjects. A WaitGroup stands for its rule that the first Add happens before Wait: Wait counts as the write.
const (
	Memory Subject = iota
	Map
	WaitGroup
)

// Sentence tells the race in words.
func (r *Race) Sentence() string {
	if r.Of != WaitGroup {
		return fmt.Sprintf("%s, and %s, and nothing orders the two.", r.First, r.Second)
	}
	wait, add := r.First, r.Second
	if !wait.Write {
		wait, add = add, wait
	}
	return fmt.Sprintf("%s adds to a WaitGroup (%s), and nothing makes that happen before %s waits for it (%s): Wait may not know of it.",
		add.Name, add.Site, wait.Name, wait.Site)
}

// Access is one side of a race.
type Access struct {
	Task  int
	Name  string
	Write bool
	Site  *Site
	Event int // index in the trace, or -1
}

func (a Access) String() string {
	verb := "reads"
	if a.Write {
		verb = "writes"
	}
	return fmt.Sprintf("%s %s %s (%s)", a.Name, verb, a.Site.text(), a.Site)
}

func (s *Site) text() string {
	if s == nil || s.Text == "" {
		return "memory"
	}
	return s.Text
}

// Key identifies a race across executions: its two places, in a fixed order.
func (r *Race) Key() string {
	a, b := fmt.Sprint(r.First.Site, r.First.Write), fmt.Sprint(r.Second.Site, r.Second.Write)
	return min(a, b) + "|" + max(a, b)
}

// Message says what Go would say where it notices: about a map it is a fatal error.
func (r *Race) Message() string {
	if r.Of == Map {
		switch {
		case r.First.Write && r.Second.Write:
			return "fatal error: concurrent map writes"
		default:
			return "fatal error: concurrent map read and map write"
		}
	}
	return "data race"
}

// Fatal ends the execution as Go's runtime ends the process on misuse: it cannot be recovered.
func (s *Scheduler) Fatal(text string) {
	site := s.CallSite()
	s.event("fatal", nil, site, text)
	s.Fail(Failure{Kind: Panic, Message: "fatal error: " + text, Task: s.cur.ID, Site: site})
}

// Fail ends the execution; it does not return.
func (s *Scheduler) Fail(f Failure) {
	s.end(f)
	runtime.Goexit()
}

// blocked lists the tasks that wait, and the cycle among them if there is one.
func (s *Scheduler) blocked() (list []Blocked, cycle []int) {
	waitsFor := map[int]int{}
	for _, t := range s.tasks {
		if t.done {
			continue
		}
		b := Blocked{Task: t.ID, Name: t.Name, Op: t.op, Object: t.obj, Site: t.site, Holder: -1, Running: t.runnable()}
		if t.obj != nil && t.obj.Holder >= 0 {
			b.Holder, b.HeldAt = t.obj.Holder, t.obj.HeldAt
			waitsFor[t.ID] = t.obj.Holder
		}
		list = append(list, b)
	}
	return list, findCycle(waitsFor)
}

// findCycle follows the edges from the lowest task on; every task has at most one.
func findCycle(next map[int]int) []int {
	for _, start := range slices.Sorted(maps.Keys(next)) {
		path, seen := []int{}, map[int]int{}
		for at, ok := start, true; ok; at, ok = next[at] {
			if i, again := seen[at]; again {
				return path[i:]
			}
			seen[at] = len(path)
			path = append(path, at)
		}
	}
	return nil
}

// Waits says in words what the task waits for.
func (b Blocked) Waits() string {
	switch b.Op {
	case "send":
		return "waits to send on " + b.Operand()
	case "receive":
		return "waits to receive from " + b.Operand()
	case "lock", "read-lock":
		return "waits to " + b.Op + " " + b.Operand()
	case "wait", "once":
		return "waits for " + b.Operand()
	case "settle":
		return "waits until all others are blocked"
	}
	return "waits in " + strings.TrimSpace(b.Op+" "+b.Operand())
}

// Operand is what the task waits at, in the words of the source where the scenario has given it no name.
func (b Blocked) Operand() string {
	switch {
	case b.Object == nil:
		return ""
	case b.Object.Name == "" && b.Site != nil && b.Site.Text != "":
		return fmt.Sprintf("%s (%s)", b.Site.Text, b.Object)
	}
	return b.Object.String()
}
