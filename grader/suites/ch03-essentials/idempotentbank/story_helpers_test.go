package idempotentbank_test

import (
	"slices"
	"sync"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// The lanes of every picture.
const (
	client  = "client"
	bankA   = "bank A"
	bankB   = "bank B"
	inRedis = "Redis"
)

// mostRows bounds a picture. What comes after is not drawn, except what calls return.
const mostRows = 30

// story draws the scene that a check is playing: who asked which bank, and what each bank sent to Redis.
type story struct {
	mu       sync.Mutex
	rec      *spacetime.Recorder
	title    string
	balances string // what the picture says they are
	rows     int
	marked   bool
}

// tell begins the picture of a new scene; the one of the scene before is forgotten.
func (s *story) tell(title, balances string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec = spacetime.NewRecorder(title, client, bankA, bankB, inRedis)
	s.rec.Diagram.Lanes[3].Value = balances
	s.title, s.balances, s.rows, s.marked = title, balances, 0, false
}

// asked draws a request on its way to a bank.
func (s *story) asked(bank, text string, again bool) {
	kind := spacetime.Causes
	if again {
		kind = spacetime.Retries
	}
	s.row(client, text, bank, "begins", kind)
}

// sent draws a command and what Redis made of it.
func (s *story) sent(bank, command, answer, balances string) {
	s.mu.Lock()
	over := s.rows > mostRows
	s.mu.Unlock()
	if over {
		return
	}
	effect := s.row(bank, command, inRedis, answer, spacetime.Causes)
	s.value(effect, balances)
}

// value notes what the balances are after a step of Redis.
func (s *story) value(step int, balances string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if balances != s.balances {
		s.rec.Diagram.Steps[step].Value = balances
		s.balances = balances
	}
}

// returned draws the end of a call.
func (s *story) returned(bank string, o outcome) {
	s.row(bank, "returns", client, "gets "+o.String(), spacetime.Causes)
}

// lost draws a command of which no answer came, or which did not arrive.
func (s *story) lost(bank, command, why string) {
	step := s.does(bank, command)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.Lose(step, inRedis, why)
}

// unheard draws a command that Redis carried out, while its answer was lost.
func (s *story) unheard(bank, command, balances string) {
	effect := s.row(bank, command, inRedis, "done", spacetime.Causes)
	s.value(effect, balances)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.Lose(effect, bank, "answer")
}

// does draws a step of one lane.
func (s *story) does(lane, text string) int { return s.step(lane, spacetime.Step{Text: text}) }

// dies draws the end of a process.
func (s *story) dies(bank, text string) {
	s.step(bank, spacetime.Step{Text: text, Kind: spacetime.Crashes})
}

// look draws a step that whoever looks at the picture must see.
func (s *story) look(lane, text string) {
	s.step(lane, spacetime.Step{Text: text, Highlight: true})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marked = true
}

func (s *story) row(from, text, to, then string, kind spacetime.ArrowKind) int {
	cause := s.step(from, spacetime.Step{Text: text})
	effect := s.step(to, spacetime.Step{Text: then})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.Diagram.Arrows = append(s.rec.Diagram.Arrows, spacetime.Arrow{From: cause, To: effect, Kind: kind})
	return effect
}

func (s *story) step(lane string, step spacetime.Step) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows++
	return s.rec.Step(lane, step)
}

// show attaches the picture of the scene that failed.
func (s *story) show(t *check.T, want, got string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	picture := withoutIdle(s.rec.Diagram)
	picture.AddFact("expected", want)
	picture.AddFact("actual", got)
	if last := len(picture.Steps) - 1; last >= 0 && !s.marked {
		picture.Steps[last].Highlight = true
	}
	svg := picture.SVG()
	picture.Title = "" // the evidence has it
	check.Show(t, check.Evidence{Kind: "space-time diagram", Title: s.title, Text: picture.Text(), SVG: svg})
}

// withoutIdle leaves out bank B if it does nothing. Lanes stand in the order client, bank A, bank B, Redis.
func withoutIdle(d spacetime.Diagram) spacetime.Diagram {
	const idle = 2
	if slices.ContainsFunc(d.Steps, func(step spacetime.Step) bool { return step.Lane == idle }) {
		return d
	}
	d.Lanes, d.Steps, d.Arrows = slices.Delete(slices.Clone(d.Lanes), idle, idle+1), slices.Clone(d.Steps), slices.Clone(d.Arrows)
	for i := range d.Steps {
		if d.Steps[i].Lane > idle {
			d.Steps[i].Lane--
		}
	}
	for i := range d.Arrows {
		if d.Arrows[i].Lost && d.Arrows[i].Lane > idle {
			d.Arrows[i].Lane--
		}
	}
	return d
}
