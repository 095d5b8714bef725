package faultnet

import (
	"fmt"
	"time"

	"scalelab/pkg/spacetime"
)

// View says how to draw a log. The zero value draws everything that carries data, with the beginning of the data as its name.
type View struct {
	Title string
	Story string

	// Lanes stand in this order, with these values at the beginning. Other hosts follow in the order in which they were made,
	// if they did something.
	Lanes []spacetime.Lane

	// Label names a message in a few words, "Deposit 5" or "ack 3"; "" leaves it out of the picture.
	Label func(m Message) string

	// Same tells messages apart from their repetitions: two from one host to another with the same text are one message, sent
	// again. Without it the text is the payload; "" is never the same as another.
	Same func(m Message) string

	Connections bool // draw dials and ends of streams too; without it only what goes wrong with them
	Times       bool // say when each step happened
}

// Diagram draws the log so far. The same run gives the same picture.
func (n *Network) Diagram(v View) spacetime.Diagram {
	events := n.Events()
	n.enter()
	hosts, omitted := append([]string(nil), n.names...), n.log.omitted
	n.mu.Unlock()
	p := newPainter(v, hosts, events)
	for _, e := range events {
		p.draw(e)
	}
	p.markUnderway()
	if omitted > 0 {
		p.rec.Diagram.AddFact("not drawn", fmt.Sprintf("%d later events", omitted))
	}
	return p.rec.Diagram
}

// painter turns events into steps and arrows, one by one.
type painter struct {
	view    View
	rec     *spacetime.Recorder
	sends   map[messageKey]int  // the step at which a message was sent
	ended   map[messageKey]bool // it arrived or was lost
	again   map[messageKey]bool // it had been sent before
	known   map[[3]string]bool  // from host, to host, what View.Same says
	refused map[connection]bool // dials that a reset answered
}

type messageKey struct {
	from, to Addr
	kind     Type
	conn     int
	seq      int
}

func keyOf(m Message) messageKey { return messageKey{m.From, m.To, m.Type, m.Conn, m.Seq} }

// connection is a dial, seen from the dialling end.
type connection struct {
	from, to Addr
	conn     int
}

// networkLane is where the interventions in links stand.
const networkLane = "network"

func newPainter(v View, hosts []string, events []Event) *painter {
	p := &painter{
		view:    v,
		rec:     spacetime.NewRecorder(v.Title),
		sends:   map[messageKey]int{},
		ended:   map[messageKey]bool{},
		again:   map[messageKey]bool{},
		known:   map[[3]string]bool{},
		refused: map[connection]bool{},
	}
	p.rec.Diagram.Story = v.Story
	for _, lane := range v.Lanes {
		p.rec.Diagram.Lanes[p.rec.Lane(lane.Name)].Value = lane.Value
	}
	answered, active := map[connection]bool{}, map[string]bool{}
	for _, e := range events {
		back := connection{e.Message.To, e.Message.From, e.Message.Conn}
		switch {
		case e.Kind != Sent:
		case e.Message.Type == SYNACK:
			answered[back] = true
		case e.Message.Type == RST && !answered[back]:
			p.refused[back] = true
		}
	}
	for _, e := range events {
		if e.Host != "" && (e.Kind > Lost || p.drawn(e.Message)) {
			active[e.Host] = true
			if e.Kind <= Lost {
				active[e.Message.To.Host] = true
			}
		}
	}
	for _, name := range hosts {
		if active[name] {
			p.rec.Lane(name)
		}
	}
	return p
}

func (p *painter) draw(e Event) {
	if e.Kind == Delivered || e.Kind == Lost {
		p.ended[keyOf(e.Message)] = true
	}
	switch e.Kind {
	case Sent:
		p.drawSent(e)
	case Delivered:
		p.drawDelivered(e)
	case Lost:
		if from, ok := p.sends[keyOf(e.Message)]; ok && e.Copy == 0 {
			p.rec.Lose(from, e.Message.To.Host, e.Text)
		}
	case Noted:
		p.step(e, e.Host, e.Step)
	case Crashed:
		p.step(e, e.Host, spacetime.Step{Text: "crashes", Kind: spacetime.Crashes})
	case Restarted:
		p.step(e, e.Host, spacetime.Step{Text: "restarts", Kind: spacetime.Begins})
	case Killed:
		p.step(e, e.Host, spacetime.Step{Text: "its program is killed", Highlight: true})
	default:
		p.step(e, networkLane, spacetime.Step{Text: e.Kind.String() + ": " + e.Text})
	}
}

// markUnderway tells messages that were still on their way at the end of the log from those that arrived or were lost.
func (p *painter) markUnderway() {
	for key, step := range p.sends {
		if !p.ended[key] {
			p.rec.Diagram.Steps[step].Text += " (under way)"
		}
	}
}

func (p *painter) drawSent(e Event) {
	text, _ := p.words(e.Message)
	if text == "" {
		return
	}
	key := keyOf(e.Message)
	if p.repeats(e.Message) {
		p.again[key] = true
		text += " again"
	}
	p.sends[key] = p.step(e, e.Host, spacetime.Step{Text: text})
}

func (p *painter) drawDelivered(e Event) {
	key := keyOf(e.Message)
	from, ok := p.sends[key]
	if !ok {
		return
	}
	_, text := p.words(e.Message)
	kind, mark := spacetime.Causes, false
	switch {
	case e.Copy > 0:
		kind, text, mark = spacetime.Duplicates, text+", a copy", true
	case p.again[key]:
		kind, text = spacetime.Retries, text+" again"
	}
	if e.Corrupted {
		text, mark = text+", corrupted", true
	}
	to := p.step(e, e.Host, spacetime.Step{Text: text, Highlight: mark})
	p.rec.Diagram.Arrows = append(p.rec.Diagram.Arrows, spacetime.Arrow{From: from, To: to, Kind: kind})
}

func (p *painter) step(e Event, lane string, s spacetime.Step) int {
	if p.view.Times {
		s.Text = e.At.Truncate(time.Microsecond).String() + " " + s.Text
	}
	return p.rec.Step(lane, s)
}
