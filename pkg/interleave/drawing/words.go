package drawing

import (
	"fmt"
	"strings"

	"scalelab/pkg/interleave"
)

// text words an event: "lock chopstick 0", "waits to receive from jobs", "woken".
func (s *scene) text(e *interleave.Event) string {
	thing := s.thing(e)
	switch e.Op {
	case "assert":
		return "the expectation fails"
	case "panic":
		return "panic: " + firstLine(e.Detail)
	case "fatal":
		return "fatal error: " + firstLine(e.Detail)
	case "call":
		return "calls " + e.Detail
	case "return":
		return "returns " + e.Detail
	case "read", "write":
		return e.Op + " " + e.Detail
	}
	switch {
	case e.Op == "select":
		return selecting(e, thing)
	case e.Blocked:
		return strings.TrimSpace("waits " + waiting(e.Op) + thing)
	case isCond(e):
		return "is woken by " + thing
	}
	return strings.TrimSpace(acting(e.Op)+thing) + outcome(e)
}

// selecting words a select: which of its cases was taken.
func selecting(e *interleave.Event, thing string) string {
	switch {
	case e.Blocked:
		return "waits in select"
	case thing == "":
		return "select: " + e.Detail
	}
	return "select: " + acting(e.Detail) + thing
}

// waiting is what stands between "waits" and the thing.
func waiting(op string) string {
	switch op {
	case "send":
		return "to send on "
	case "receive":
		return "to receive from "
	case "wait", "once":
		return "for "
	case "lock", "read-lock":
		return "to " + op + " "
	case "sleep":
		return "in sleep"
	}
	return "in " + op + " "
}

func acting(op string) string {
	switch op {
	case "send":
		return "send on "
	case "receive":
		return "receive from "
	case "wait":
		return "wait for "
	case "done":
		return "done "
	}
	return op + " "
}

// outcome is what an operation came to, where that says something.
func outcome(e *interleave.Event) string {
	switch {
	case e.Detail == "", e.Detail == e.Op:
		return ""
	case strings.HasPrefix(e.Detail, "wakes 0 of 0"):
		return ": nobody waits"
	case e.Op == "load":
		return " = " + e.Detail
	case e.Op == "store":
		return " := " + e.Detail
	case e.Op == "add" && e.Object != nil && e.Object.Kind == "atomic":
		return " → " + e.Detail
	}
	return ": " + firstLine(e.Detail)
}

// thing is what the event is about: the scenario's name for it, the source's words, or its kind and number.
func (s *scene) thing(e *interleave.Event) string {
	o := e.Object
	switch {
	case o == nil && e.Site != nil:
		return e.Site.Text
	case o == nil:
		return ""
	case o.Name != "" || s.words[o] == "":
		return o.String()
	case s.shared[s.words[o]]:
		return fmt.Sprintf("%s (%s)", s.words[o], o)
	}
	return s.words[o]
}

// minor events set the scene: what merely lets others go on is told by the arrow to them, if there is one.
func minor(e *interleave.Event) bool {
	switch e.Op {
	case "unlock", "read-unlock", "done", "add", "len", "go":
		return e.Object == nil || e.Object.Kind != "atomic"
	}
	return false
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
