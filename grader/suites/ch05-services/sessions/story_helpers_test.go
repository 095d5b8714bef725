package sessions_test

import (
	"slices"
	"sync"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// The lanes of every picture.
const (
	client   = "client"
	replica1 = "replica 1"
	replica2 = "replica 2"
	inRedis  = "Redis"
)

// mostRows bounds a picture. What comes after is not drawn, except what requests are answered.
const mostRows = 30

// story draws the scene that a check is playing: who asked which replica, and what each replica sent to Redis.
type story struct {
	mu     sync.Mutex
	rec    *spacetime.Recorder
	title  string
	rows   int
	marked bool
}

// tell begins the picture of a new scene; the one of the scene before is forgotten.
func (s *story) tell(title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec = spacetime.NewRecorder(title, client, replica1, replica2, inRedis)
	s.title, s.rows, s.marked = title, 0, false
}

// asked draws a request on its way to a replica.
func (s *story) asked(lane, text string) { s.row(client, text, lane, "begins") }

// sent draws a command and what Redis made of it.
func (s *story) sent(lane, command, answer string) {
	s.mu.Lock()
	over := s.rows > mostRows
	s.mu.Unlock()
	if !over {
		s.row(lane, command, inRedis, answer)
	}
}

// answered draws the end of a request.
func (s *story) answered(lane string, r result) { s.row(lane, "answers", client, "gets "+r.String()) }

// lost draws a command of which no answer comes.
func (s *story) lost(lane, command, why string) {
	step := s.does(lane, command)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.Lose(step, inRedis, why)
}

// does draws a step of one lane.
func (s *story) does(lane, text string) int { return s.step(lane, spacetime.Step{Text: text}) }

// dies draws the end of a replica.
func (s *story) dies(lane, text string) {
	s.step(lane, spacetime.Step{Text: text, Kind: spacetime.Crashes})
}

// look draws a step that whoever looks at the picture must see.
func (s *story) look(lane, text string) {
	s.step(lane, spacetime.Step{Text: text, Highlight: true})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marked = true
}

func (s *story) row(from, text, to, then string) {
	cause := s.step(from, spacetime.Step{Text: text})
	effect := s.step(to, spacetime.Step{Text: then})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.Diagram.AddArrow(cause, effect)
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

// withoutIdle leaves out replica 2 if it does nothing. Lanes stand in the order client, replica 1, replica 2, Redis.
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
