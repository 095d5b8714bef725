package retry_test

import (
	"fmt"
	"time"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

const (
	callerLane = "caller"
	doLane     = "Do"
	bankLane   = "bank"
)

// film draws a scene.
type film struct {
	*scene
	r       *spacetime.Recorder
	balance int
	ends    bool // the end of the caller's context is still to come
	look    int
}

// draw shows the scene as a space-time diagram.
func (s *scene) draw(want, got string, look int) {
	f := &film{
		scene: s, r: spacetime.NewRecorder(s.title, callerLane, doLane, bankLane), balance: 100,
		ends: s.ctx.at > 0, look: look,
	}
	f.r.Diagram.Lanes[f.r.Lane(bankLane)].Value = "balance 100"
	f.action()
	f.r.Diagram.AddFact("expected", want)
	f.r.Diagram.AddFact("actual", got)
	svg := f.r.Diagram.SVG()
	f.r.Diagram.Title = "" // the evidence has it
	check.Show(s.t, check.Evidence{Kind: "space-time diagram", Title: s.title, Text: f.r.Diagram.Text(), SVG: svg})
}

func (f *film) action() {
	call := f.r.Step(callerLane, spacetime.Step{Text: f.calls()})
	first, last := f.part()
	from := f.omit(first)
	for i := first; i <= last; i++ {
		f.contextEnds(f.attempts[i].began)
		begin := f.r.Step(doLane, spacetime.Step{Text: fmt.Sprintf("%v attempt %d", f.attempts[i].began, i+1), Highlight: i == f.look})
		from = append(from, begin)
		f.attempt(i, begin)
		f.pause(i)
	}
	f.omit(len(f.attempts) - 1 - last)
	f.contextEnds(f.returned)
	text := fmt.Sprintf("%v returns an error", f.returned)
	if f.err == nil {
		text = fmt.Sprintf("%v returns nil", f.returned)
	}
	end := f.r.Step(doLane, spacetime.Step{Text: text, Highlight: f.look >= len(f.attempts)})
	f.arrow(call, append(from, end)[0], spacetime.Causes)
	if len(f.attempts) > 0 {
		f.arrow(end, f.r.Step(callerLane, spacetime.Step{Text: "goes on"}), spacetime.Causes)
	}
}

// omit stands for so many attempts that are not drawn.
func (f *film) omit(attempts int) (step []int) {
	if attempts <= 0 {
		return nil
	}
	return []int{f.r.Step(doLane, spacetime.Step{Text: fmt.Sprintf("… %d attempts", attempts)})}
}

// calls words the call, with what of the policy matters to everybody.
func (f *film) calls() string {
	text := "calls Do, not idempotent"
	if f.policy.Idempotent {
		text = "calls Do, idempotent"
	}
	switch {
	case f.ctx.at < 0:
		text += "; ctx has ended"
	case f.ctx.deadline:
		text += fmt.Sprintf("; deadline at %v", f.ctx.at)
	}
	return text
}

// part is which attempts are drawn: of many, those near the one to look at.
func (f *film) part() (first, last int) {
	const most = 6
	last = len(f.attempts) - 1
	if last < most {
		return 0, last
	}
	first = max(0, min(f.look-2, last-most+1))
	return first, first + most - 1
}

// attempt draws the messages of attempt i and what Do learns.
func (f *film) attempt(i, begin int) {
	a := f.attempts[i]
	at := f.request(i, begin)
	if f.left(i) {
		f.r.Step(doLane, spacetime.Step{Text: "does not wait for op"})
		return
	}
	f.contextEnds(a.ended)
	learned := f.r.Step(doLane, spacetime.Step{Text: fmt.Sprintf("%v %s", a.ended, a.learns)})
	if a.way == answered {
		f.arrow(at, learned, spacetime.Causes)
	}
}

// request draws what comes of the request, and returns the bank's step.
func (f *film) request(i, begin int) int {
	a := f.attempts[i]
	if a.way == unsent {
		f.r.Lose(begin, bankLane, "")
		return begin
	}
	kind := spacetime.Causes
	if i > 0 {
		kind = spacetime.Retries
	}
	at := f.r.Step(bankLane, f.bankDoes(a))
	f.arrow(begin, at, kind)
	if a.way == silent && !a.hangs {
		f.r.Lose(at, doLane, "receipt")
	}
	return at
}

// bankDoes is the bank's step. A bank that was told that the deposit is idempotent does it once.
func (f *film) bankDoes(a *attempt) spacetime.Step {
	step := spacetime.Step{Text: a.bank}
	switch {
	case !a.applies:
	case f.policy.Idempotent && f.balance > 100:
		step.Text = "has it already"
	default:
		f.balance += 50
		step.Value = fmt.Sprint("balance ", f.balance)
	}
	return step
}

// pause draws the sleep after attempt i.
func (f *film) pause(i int) {
	from := f.attempts[i].ended
	until, what := f.returned, "waits "
	if i+1 < len(f.attempts) {
		until, what = f.attempts[i+1].began, "sleeps "
	}
	if until > from && !f.left(i) {
		f.r.Step(doLane, spacetime.Step{Text: what + (until - from).String(), Kind: spacetime.Waits})
	}
}

// contextEnds draws the end of the caller's context, if it lies before this moment or in it.
func (f *film) contextEnds(now time.Duration) {
	if !f.ends || f.ctx.at > now {
		return
	}
	f.ends = false
	text := fmt.Sprintf("%v cancels ctx", f.ctx.at)
	if f.ctx.deadline {
		text = fmt.Sprintf("%v the deadline", f.ctx.at)
	}
	f.r.Step(callerLane, spacetime.Step{Text: text})
}

func (f *film) arrow(from, to int, kind spacetime.ArrowKind) {
	f.r.Diagram.Arrows = append(f.r.Diagram.Arrows, spacetime.Arrow{From: from, To: to, Kind: kind})
}
