package faultnet

import (
	"fmt"
	"strings"

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
	n.mu.Lock()
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
		if e.Host != "" && (e.Kind > Lost || p.label(e.Message) != "") {
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
	name := p.label(e.Message)
	if name == "" {
		return
	}
	key := keyOf(e.Message)
	verb, again := "send ", ""
	if p.repeats(e.Message) {
		p.again[key] = true
		again = " again"
	}
	if e.Message.Type != Datagram && e.Message.Type != Data {
		verb = ""
	}
	p.sends[key] = p.step(e, e.Host, spacetime.Step{Text: verb + name + again})
}

func (p *painter) drawDelivered(e Event) {
	key := keyOf(e.Message)
	from, ok := p.sends[key]
	if !ok {
		return
	}
	name, kind, mark := p.label(e.Message), spacetime.Causes, spacetime.Step{}
	switch {
	case e.Copy > 0:
		kind, name, mark.Highlight = spacetime.Duplicates, name+", a copy", true
	case p.again[key]:
		kind, name = spacetime.Retries, name+" again"
	}
	if e.Corrupted {
		name, mark.Highlight = name+", corrupted", true
	}
	mark.Text = "receive " + name
	to := p.step(e, e.Host, mark)
	p.rec.Diagram.Arrows = append(p.rec.Diagram.Arrows, spacetime.Arrow{From: from, To: to, Kind: kind})
}

func (p *painter) step(e Event, lane string, s spacetime.Step) int {
	if p.view.Times {
		s.Text = e.At.String() + " " + s.Text
	}
	return p.rec.Step(lane, s)
}

// label is the name of a message, "" if it is not drawn.
func (p *painter) label(m Message) string {
	switch m.Type {
	case Datagram, Data:
		if p.view.Label != nil {
			return p.view.Label(m)
		}
		return brief(m.Data, len(m.Data))
	case SYN:
		if p.view.Connections || p.refused[connection{m.From, m.To, m.Conn}] {
			return "dial " + m.To.String()
		}
	case SYNACK:
		if p.view.Connections {
			return "accept"
		}
	case FIN:
		if p.view.Connections {
			return "end of stream"
		}
	case RST:
		if p.refused[connection{m.To, m.From, m.Conn}] {
			return "refused"
		}
		return "reset"
	}
	return ""
}

// repeats tells whether the message was sent before by the same host to the same host.
func (p *painter) repeats(m Message) bool {
	if m.Type != Datagram && m.Type != Data {
		return false
	}
	same := string(m.Data)
	if p.view.Same != nil {
		same = p.view.Same(m)
	}
	if same == "" {
		return false
	}
	key := [3]string{m.From.Host, m.To.Host, same}
	before := p.known[key]
	p.known[key] = true
	return before
}

// brief shows the beginning of a payload: its first line if that is text, else its size.
func brief(data []byte, size int) string {
	const most = 32
	line, _, _ := strings.Cut(string(data), "\n")
	line = strings.TrimSuffix(line, "\r")
	if !printable(line) || line == "" {
		return fmt.Sprintf("%d bytes", size)
	}
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return line
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd })
}
