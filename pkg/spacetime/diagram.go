package spacetime

// Diagram is what to draw. The zero value is an empty picture.
type Diagram struct {
	Title  string // one line; may be empty
	Story  string // what happened, for those who cannot see the picture (the description of the SVG)
	Lanes  []Lane
	Steps  []Step // in the order of time
	Arrows []Arrow
	Loops  []Loop
	Facts  []Fact // at the bottom: expected, actual
}

// Lane is a goroutine, a process, a host, an exchange, a queue.
type Lane struct {
	Name  string
	Value string // what it is worth at the beginning, e.g. "balance 100"; may be empty
}

// Step is something that one lane did.
type Step struct {
	Lane      int    // index into Diagram.Lanes
	Text      string // the operation, e.g. "unlock mu"
	Where     string // file:line in the student's code; may be empty
	Value     string // what the lane is worth from here on, e.g. "balance 200"; may be empty
	Kind      StepKind
	Highlight bool // look here
	Minor     bool // may be drawn as one with its neighbours of the same lane; not if an arrow touches it
}

// StepKind says how the lane goes on after a step.
type StepKind int

// The kinds of steps.
const (
	Does    StepKind = iota // the lane goes on
	Begins                  // the lane is blank above its first step, or since it ended or crashed
	Ends                    // the lane is blank below
	Calls                   // the lane is inside a call until its next step, and drawn thick
	Waits                   // the lane is blocked until its next step; for ever if there is none
	Crashes                 // the lane is blank below, until it begins again
)

// Arrow leads from a cause to its effect in another lane. Within a lane no arrow is needed, and none is drawn.
type Arrow struct {
	From int // index into Diagram.Steps
	To   int // index into Diagram.Steps; ignored if Lost
	Lost bool
	Lane int    // where a lost message was going, index into Diagram.Lanes; ignored unless Lost
	Text string // short, e.g. "ack 7"; may be empty
	Kind ArrowKind
}

// ArrowKind says what an arrow means.
type ArrowKind int

// The kinds of arrows. WaitsFor and Races may point to an earlier step: they are no causes.
const (
	Causes     ArrowKind = iota // message, unlock → lock, signal → wake-up
	Retries                     // the same message, sent again
	Duplicates                  // a copy that nobody sent, or a second delivery
	WaitsFor                    // from who waits to who holds what it waits for
	Races                       // between two accesses that nothing orders
)

// Loop says that the steps First to Last happened several times in a row, although they are listed once.
type Loop struct {
	First, Last int // indices into Diagram.Steps, both included
	Times       int
}

// Fact is a line below the picture, e.g. {"expected", "Value() = 2"}.
type Fact struct{ Name, Text string }

// AddLane appends a lane and returns its index.
func (d *Diagram) AddLane(name string) int {
	d.Lanes = append(d.Lanes, Lane{Name: name})
	return len(d.Lanes) - 1
}

// AddStep appends a step and returns its index.
func (d *Diagram) AddStep(s Step) int {
	d.Steps = append(d.Steps, s)
	return len(d.Steps) - 1
}

// AddArrow appends an arrow of kind Causes between two steps.
func (d *Diagram) AddArrow(from, to int) { d.Arrows = append(d.Arrows, Arrow{From: from, To: to}) }

// AddFact appends a line below the picture.
func (d *Diagram) AddFact(name, text string) { d.Facts = append(d.Facts, Fact{name, text}) }

// WaitCycle highlights a deadlock: each of the given steps waits for the lane of the next one, the last for the first.
func (d *Diagram) WaitCycle(steps ...int) {
	for i, s := range steps {
		d.highlight(s)
		d.Arrows = append(d.Arrows, Arrow{From: s, To: steps[(i+1)%len(steps)], Kind: WaitsFor})
	}
}

// Race highlights two accesses that nothing orders.
func (d *Diagram) Race(a, b int) {
	d.highlight(a)
	d.highlight(b)
	d.Arrows = append(d.Arrows, Arrow{From: a, To: b, Kind: Races, Text: "race"})
}

func (d *Diagram) highlight(step int) {
	if step >= 0 && step < len(d.Steps) {
		d.Steps[step].Highlight = true
	}
}
