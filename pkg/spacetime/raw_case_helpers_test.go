package spacetime_test

import (
	"strings"

	"scalelab/pkg/spacetime"
)

// lostWakeUpRaw is what a scheduler records of two producers and two consumers at a buffer of one place with a single condition:
// lock, wait, signal, unlock. Nobody has chosen what matters, only who waits at the end.
func lostWakeUpRaw() spacetime.Diagram {
	r := spacetime.NewRecorder("Deadlock: all wait on one condition")
	script := `
		consumer 1: lock mu 41; wait 43
		consumer 2: lock mu 41; wait 43
		producer 1: lock mu 29; put 1 33; signal 34 > consumer 1; unlock mu 35
		producer 2: lock mu 29; wait 31
		consumer 1: lock mu 43; take 1 45; signal 46 > consumer 2; unlock mu 47
		consumer 2: lock mu 43; wait 43 !
		consumer 1: lock mu 41; wait 43 !
		producer 1: lock mu 29; put 3 33; signal 34 > producer 2; unlock mu 35
		producer 2: lock mu 31; wait 31 !
		producer 1: lock mu 29; wait 31 !`
	for line := range strings.Lines(strings.TrimSpace(script)) {
		lane, ops, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for op := range strings.SplitSeq(ops, "; ") {
			record(r, lane, op)
		}
	}
	r.Diagram.AddFact("expected", "a producer or a consumer can go on")
	r.Diagram.AddFact("actual", "the last signal woke a producer, and the buffer was full")
	return r.Diagram
}

// record one operation: "wait 31 !", "signal 34 > consumer 1", "lock mu 29".
func record(r *spacetime.Recorder, lane, op string) {
	op, stuck := strings.CutSuffix(op, " !")
	op, woken, signals := strings.Cut(op, " > ")
	i := strings.LastIndexByte(op, ' ')
	s := spacetime.Step{Text: op[:i], Where: "boundedbuffer.go:" + op[i+1:], Highlight: stuck}
	if s.Text == "wait" {
		s.Text, s.Kind = "wait on cond", spacetime.Waits
	}
	at := r.Step(lane, s)
	if s.Text == "lock mu" {
		if !r.Effect("wake "+lane, at, spacetime.Causes) {
			r.Effect("mu", at, spacetime.Causes)
		}
		r.Cause("wake "+lane, at)
	}
	if signals {
		r.Cause("wake "+woken, at)
	}
	if s.Text == "unlock mu" || s.Kind == spacetime.Waits {
		r.Cause("mu", at)
	}
}
