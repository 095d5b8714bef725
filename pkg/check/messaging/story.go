package messaging

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// Story is what a check did and saw, in the check's own order: if the check fails, it is drawn as a space-time diagram of
// producers, exchanges, queues, consumers, Redis. Nothing in it may depend on chance.
type Story struct {
	Recorder *spacetime.Recorder
	marked   bool
	over     bool
}

// Tell begins a story; its last step is the one to look at if the check fails, unless Look has marked another. Lanes stand in
// the order in which they are named; others follow as they appear.
func Tell(t *check.T, title string, lanes ...string) *Story {
	s := &Story{Recorder: spacetime.NewRecorder(title, lanes...)}
	t.Cleanup(check.Story(t, func() {
		picture := s.Recorder.Diagram
		last := len(picture.Steps) - 1
		if s.over || last < 0 {
			return
		}
		if !s.marked {
			picture.Steps[last].Highlight = true
		}
		svg := picture.SVG()
		picture.Title = "" // the evidence has it
		check.Show(t, check.Evidence{Kind: "space-time diagram", Title: title, Text: picture.Text(), SVG: svg})
	}))
	return s
}

// Over ends a story that went well: it is not drawn if the check fails later, in another one.
func (s *Story) Over() { s.over = true }

// Does adds a step of one lane.
func (s *Story) Does(lane, text string) int { return s.Recorder.Step(lane, spacetime.Step{Text: text}) }

// Look adds a step of one lane that whoever looks at the picture must see: where the message is lost, doubled or starved.
func (s *Story) Look(lane, text string) int {
	s.marked = true
	return s.Recorder.Step(lane, spacetime.Step{Text: text, Highlight: true})
}

// Tells adds a message: a step of one lane, and its effect in another.
func (s *Story) Tells(from, text, to, then string) int {
	return s.leads(s.Does(from, text), to, then, spacetime.Causes)
}

// TellsAgain is Tells of what was told before: a retry of the sender.
func (s *Story) TellsAgain(from, text, to, then string) int {
	return s.leads(s.Does(from, text), to, then, spacetime.Retries)
}

// Redelivers is Tells of a message that the receiver, or another one like it, has been given before.
func (s *Story) Redelivers(from, text, to, then string) int {
	return s.leads(s.Does(from, text), to, then, spacetime.Duplicates)
}

// Answers leads from an earlier step to a new one of another lane.
func (s *Story) Answers(step int, to, then string) int {
	return s.leads(step, to, then, spacetime.Causes)
}

func (s *Story) leads(from int, to, then string, kind spacetime.ArrowKind) int {
	effect := s.Does(to, then)
	s.Recorder.Diagram.Arrows = append(s.Recorder.Diagram.Arrows, spacetime.Arrow{From: from, To: effect, Kind: kind})
	return effect
}

// Loses draws something that left the step and never reached the lane.
func (s *Story) Loses(step int, lane, why string) { s.Recorder.Lose(step, lane, why) }

// Counted adds how many of something a lane has; whoever looks at the picture must see it if that is not what was expected.
func (s *Story) Counted(lane string, expected, got int, of string) {
	if got == expected {
		s.Does(lane, fmt.Sprintf("%s: %d", of, got))
		return
	}
	s.Look(lane, fmt.Sprintf("%s: %d", of, got))
	s.Expected(fmt.Sprintf("%d %s", expected, of), fmt.Sprintf("%d %s", got, of))
}

// Ready fails the check unless that many messages lie ready in the queue, or soon do; the queue is a lane, and the picture says how many.
func (s *Story) Ready(b *Broker, queue string, expected int, when string) {
	b.T.Helper()
	b.Soon(func() bool { return b.Queue(queue).Messages == expected })
	got := b.Queue(queue).Messages
	s.Counted(queue, expected, got, "ready")
	require.Equal(b.T, expected, got, "messages ready in the queue %s", when)
}

// Expected and actual stand below the picture.
func (s *Story) Expected(want, got string) {
	s.Recorder.Diagram.AddFact("expected", want)
	s.Recorder.Diagram.AddFact("actual", got)
}
