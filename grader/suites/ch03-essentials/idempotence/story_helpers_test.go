package idempotence_test

import (
	"fmt"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// story is what a scene did and saw, drawn if it goes wrong: client, bank and store, with the balances as the store's value.
type story struct {
	picture *spacetime.Recorder
	vault   *vault
	asked   int // the step in which the client sent a request that the bank has not begun to work on; -1 if there is none
	sent    map[request]bool
	repeat  bool // the request that was asked last was sent before
	store   int  // the last step of the store in this call; -1 if there is none
	value   string
}

const (
	clientLane = "client"
	bankLane   = "bank"
	storeLane  = "store"
)

func newStory(v *vault) *story {
	s := &story{picture: spacetime.NewRecorder("", clientLane, bankLane, storeLane), vault: v, asked: -1, store: -1, sent: map[request]bool{}}
	s.value = s.vault.balances()
	s.picture.Diagram.Lanes[s.picture.Lane(storeLane)].Value = s.value
	return s
}

func (s *story) clientDoes(text string) int {
	return s.picture.Step(clientLane, spacetime.Step{Text: text})
}

func (s *story) clientSends(r request) {
	s.asked, s.repeat, s.store = s.clientDoes(r.String()), s.sent[r], -1
	s.sent[r] = true
}

// bankDoes draws the request's arrival with the bank's first step.
func (s *story) bankDoes(step spacetime.Step) int {
	at := s.picture.Step(bankLane, step)
	if s.asked >= 0 {
		kind := spacetime.Causes
		if s.repeat {
			kind = spacetime.Retries
		}
		s.arrow(s.asked, at, kind)
		s.asked = -1
	}
	return at
}

func (s *story) arrow(from, to int, kind spacetime.ArrowKind) {
	s.picture.Diagram.Arrows = append(s.picture.Diagram.Arrows, spacetime.Arrow{From: from, To: to, Kind: kind})
}

func (s *story) bankBegins() {
	s.store = -1
	s.picture.Cause("update", s.bankDoes(spacetime.Step{Text: "Update"}))
}

// storeDoes draws a step of the store, with the balances if they have changed.
func (s *story) storeDoes(text string) {
	if text == unheard {
		s.storeDoes("commits")
		s.picture.Lose(s.store, bankLane, "")
		s.store = -1
		return
	}
	step := spacetime.Step{Text: text, Minor: true}
	if now := s.vault.balances(); now != s.value {
		s.value, step.Value, step.Minor = now, now, false
	}
	first := s.store < 0
	s.store = s.picture.Step(storeLane, step)
	if first {
		s.picture.Effect("update", s.store, spacetime.Causes)
	}
}

func (s *story) bankAnswers(a answer) {
	at := s.bankDoes(spacetime.Step{Text: "answers"})
	if s.store >= 0 {
		s.arrow(s.store, at, spacetime.Causes)
	}
	s.arrow(at, s.clientDoes(a.String()), spacetime.Causes)
}

func (s *story) bankDies() { s.bankDoes(spacetime.Step{Text: "dies", Kind: spacetime.Crashes}) }

func (s *story) bankStarts() {
	s.picture.Step(bankLane, spacetime.Step{Text: "another bank", Kind: spacetime.Begins})
}

// somebody tells that another bank has committed something meanwhile.
func (s *story) somebody(r request, a answer) {
	lane := "another bank"
	at := s.picture.Step(lane, spacetime.Step{Text: fmt.Sprintf("%s: %s", r, a)})
	s.value = s.vault.balances()
	s.arrow(at, s.picture.Step(storeLane, spacetime.Step{Text: "commits that", Value: s.value}), spacetime.Causes)
}

func (s *story) expected(want, have string) {
	s.picture.Diagram.AddFact("expected", want)
	s.picture.Diagram.AddFact("actual", have)
}

func (s *story) show(t *check.T) {
	picture := s.picture.Diagram
	if last := len(picture.Steps) - 1; last >= 0 {
		picture.Steps[last].Highlight = true
	}
	check.Show(t, check.Evidence{Kind: "space-time diagram", Title: "What client, bank and store did", Text: picture.Text(), SVG: picture.SVG()})
}
