package spacetime

// Recorder turns a stream of events into a diagram: lanes come into being at their first step, and an arrow is drawn from
// the latest cause to an effect that names the same key.
//
//	send := r.Step("producer", spacetime.Step{Text: "send 1"})
//	r.Cause("item 1", send)
//	…
//	r.Effect("item 1", r.Step("consumer", spacetime.Step{Text: "receive 1"}), spacetime.Causes)
//
// The zero value is not usable; use NewRecorder.
type Recorder struct {
	Diagram Diagram
	lanes   map[string]int
	causes  map[string]int
}

// NewRecorder starts a diagram. Lanes that are named here stand in this order; others follow as they appear.
func NewRecorder(title string, lanes ...string) *Recorder {
	r := &Recorder{Diagram: Diagram{Title: title}, lanes: map[string]int{}, causes: map[string]int{}}
	for _, name := range lanes {
		r.Lane(name)
	}
	return r
}

// Lane returns the index of the lane with this name, and makes it if need be.
func (r *Recorder) Lane(name string) int {
	i, ok := r.lanes[name]
	if !ok {
		i = r.Diagram.AddLane(name)
		r.lanes[name] = i
	}
	return i
}

// Step appends a step of the named lane (s.Lane is ignored) and returns its index.
func (r *Recorder) Step(lane string, s Step) int {
	s.Lane = r.Lane(lane)
	return r.Diagram.AddStep(s)
}

// Cause makes the step the latest cause under this key: an unlock of the key, a send of the message with this key.
func (r *Recorder) Cause(key string, step int) { r.causes[key] = step }

// Effect draws an arrow from the latest cause under this key. It is false, and nothing is drawn, if there is none or if it
// lies in the same lane, where the lane itself is the arrow.
func (r *Recorder) Effect(key string, step int, kind ArrowKind) bool {
	from, ok := r.causes[key]
	if !ok || r.Diagram.Steps[from].Lane == r.Diagram.Steps[step].Lane {
		return false
	}
	r.Diagram.Arrows = append(r.Diagram.Arrows, Arrow{From: from, To: step, Kind: kind})
	return true
}

// Lose draws a message that left the step and never reached the lane.
func (r *Recorder) Lose(step int, lane, text string) {
	r.Diagram.Arrows = append(r.Diagram.Arrows, Arrow{From: step, Lost: true, Lane: r.Lane(lane), Text: text})
}
