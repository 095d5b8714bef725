package exchanges_test

import (
	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// story is what a check did and saw, in the check's own order: if the check fails, it is drawn.
type story struct {
	b *broker
	r *spacetime.Recorder
}

// The lane of the program under test, as publisher.
const shop = "shop"

// What the broker does with a message. The check has arranged it, so it knows.
const (
	stored   = "stores it, acks"
	unwanted = "no queue is bound: returns it, then acks"
	refused  = "the queue is full: nacks"
)

// story begins a story; its last step is the one to look at if the check fails.
func (b *broker) story(title string, lanes ...string) *story {
	s := &story{b: b, r: spacetime.NewRecorder(title, lanes...)}
	b.t.Cleanup(func() {
		picture := s.r.Diagram
		if last := len(picture.Steps) - 1; b.t.Failed() && last >= 0 {
			picture.Steps[last].Highlight = true
			svg := picture.SVG()
			picture.Title = "" // the evidence has it
			check.Show(b.t, check.Evidence{Kind: "space-time diagram", Title: title, Text: picture.Text(), SVG: svg})
		}
	})
	return s
}

// does adds a step of one lane.
func (s *story) does(lane, text string) int { return s.r.Step(lane, spacetime.Step{Text: text}) }

// tells adds a message: a step of one lane, and its effect in another.
func (s *story) tells(from, text, to, then string) int {
	s.r.Cause("message", s.does(from, text))
	effect := s.does(to, then)
	s.r.Effect("message", effect, spacetime.Causes)
	return effect
}

// published adds a Publish with the broker's answer.
func (s *story) published(route exchanges.Route, purchase, fate, result string) {
	answer := s.tells(shop, "Publish "+purchase, route.Kind.Exchange(), fate)
	s.r.Cause("answer", answer)
	s.r.Effect("answer", s.does(shop, "returns "+result), spacetime.Causes)
}

// unanswered adds a Publish whose answer is held back.
func (s *story) unanswered(route exchanges.Route, purchase, fate string) {
	answer := s.tells(shop, "Publish "+purchase, route.Kind.Exchange(), fate)
	s.r.Lose(answer, shop, "held back")
}
