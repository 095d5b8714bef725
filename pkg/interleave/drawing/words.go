package drawing

import (
	"fmt"
	"strings"

	"scalelab/pkg/interleave"
)

// text words an event: "lock chopstick 0", "waits to receive from jobs", "woken".
func (d *drawing) text(e *interleave.Event) string {
	thing := d.thing(e)
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
	if e.Blocked {
		return "waits " + waiting(e.Op) + thing
	}
	return acting(e.Op) + thing + outcome(e)
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
func (d *drawing) thing(e *interleave.Event) string {
	words := ""
	if e.Site != nil {
		words = e.Site.Text
	}
	switch {
	case e.Object == nil:
		return words
	case e.Object.Name != "" || words == "":
		return e.Object.String()
	case d.many[e.Object.Kind]:
		return fmt.Sprintf("%s (%s)", words, e.Object)
	}
	return words
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
