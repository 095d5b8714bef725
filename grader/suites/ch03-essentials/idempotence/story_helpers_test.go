package idempotence_test

import (
	"fmt"
	"strings"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// story is what a scene did and saw, drawn if it goes wrong: client, bank and store, with the balances as the store's value.
type story struct {
	picture *spacetime.Recorder
	vault   *vault
	value   string              // of the store's lane
	asked   int                 // the client's step that the bank has not taken up yet; or nothing
	kind    spacetime.ArrowKind // of the arrow from it
	sent    map[request]bool    // at least once
	update  int                 // the bank's step that the store has not taken up yet; or nothing
	reply   int                 // the store's step that the bank has not heard of yet; or nothing
	done    []string            // what the store has done since its last step
}

const nothing = -1

const (
	clientLane = "client"
	bankLane   = "bank"
	storeLane  = "store"
)

func newStory(v *vault) *story {
	s := &story{picture: spacetime.NewRecorder("", clientLane, bankLane, storeLane), vault: v, sent: map[request]bool{}}
	s.asked, s.update, s.reply = nothing, nothing, nothing
	s.value = v.balances()
	s.picture.Diagram.Lanes[s.picture.Lane(storeLane)].Value = s.value
	return s
}

func (s *story) clientDoes(text string) int {
	s.storeRests()
	return s.picture.Step(clientLane, spacetime.Step{Text: text})
}

func (s *story) clientSends(r request) {
	s.asked, s.reply, s.kind = s.clientDoes(r.String()), nothing, spacetime.Causes
	if s.sent[r] {
		s.kind = spacetime.Retries
	}
	s.sent[r] = true
}

// bankDoes is a step of the bank, its first one with an arrow from the client.
func (s *story) bankDoes(step spacetime.Step) int {
	s.storeRests()
	at := s.picture.Step(bankLane, step)
	s.arrow(&s.asked, at, s.kind)
	return at
}

// arrow leads from a step, if there is one, to another, once.
func (s *story) arrow(from *int, to int, kind spacetime.ArrowKind) {
	if *from != nothing {
		s.picture.Diagram.Arrows = append(s.picture.Diagram.Arrows, spacetime.Arrow{From: *from, To: to, Kind: kind})
		*from = nothing
	}
}

func (s *story) bankBegins(text string) { s.update = s.bankDoes(spacetime.Step{Text: text}) }

func (s *story) bankAnswers(a answer) {
	at := s.bankDoes(spacetime.Step{Text: "answers"})
	s.arrow(&s.reply, at, spacetime.Causes)
	s.arrow(&at, s.clientDoes(a.String()), spacetime.Causes)
}

func (s *story) bankDies() { s.bankDoes(spacetime.Step{Text: "dies", Kind: spacetime.Crashes}) }

func (s *story) bankStarts() {
	s.picture.Step(bankLane, spacetime.Step{Text: "another bank", Kind: spacetime.Begins})
}

// storeDoes collects what the store does. What is visible from outside is a step of its own.
func (s *story) storeDoes(what string) {
	switch what {
	case commit, unheard:
		s.storeRests()
		s.done = []string{commit}
		s.storeRests()
	case conflict:
		s.done = append(s.done, what)
		s.storeRests()
	default:
		s.done = append(s.done, what)
	}
	if what == lost || what == unheard {
		s.storeRests()
		s.picture.Lose(s.reply, bankLane, "")
		s.reply = nothing
	}
}

// storeRests draws what the store has done.
func (s *story) storeRests() {
	if len(s.done) == 0 {
		return
	}
	step := spacetime.Step{Text: strings.Join(s.done, ", ")}
	if now := s.vault.balances(); s.done[0] == commit && now != s.value {
		s.value, step.Value = now, now
	}
	s.done = nil
	s.reply = s.picture.Step(storeLane, step)
	s.arrow(&s.update, s.reply, spacetime.Causes)
}

// somebody tells that another bank has committed something meanwhile.
func (s *story) somebody(r request, a answer) {
	s.storeRests()
	at := s.picture.Step("meanwhile", spacetime.Step{Text: fmt.Sprintf("%s = %s", r, a)})
	s.value = s.vault.balances()
	s.arrow(&at, s.picture.Step(storeLane, spacetime.Step{Text: commit, Value: s.value}), spacetime.Causes)
}

func (s *story) expected(want, have string) {
	s.picture.Diagram.AddFact("expected", want)
	s.picture.Diagram.AddFact("actual", have)
}

func (s *story) show(t *check.T) {
	s.storeRests()
	picture := s.picture.Diagram
	if last := len(picture.Steps) - 1; last >= 0 {
		picture.Steps[last].Highlight = true
	}
	check.Show(t, check.Evidence{Kind: "space-time diagram", Title: "What client, bank and store did", Text: picture.Text(), SVG: picture.SVG()})
}
