package faultnet

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"scalelab/pkg/spacetime"
)

// Event is one line of the network's log.
type Event struct {
	At   time.Duration // since the network was made
	Kind Kind
	Host string // where it happened; empty for what happens to links

	Message   Message // of Sent, Delivered and Lost. Data is as it was sent, at most its first 4 KiB
	Copy      int     // Delivered, Lost: 0 for the original, 1, 2, … for copies that the network made
	Reordered bool    // Delivered: a later datagram of the flow was here before
	Corrupted bool    // Delivered: not as it was sent
	Size      int     // of the payload, in bytes

	Text string         // Lost: why, if it was not by chance or plan; of links: which
	Step spacetime.Step // of Noted
}

// Kind is what happened.
type Kind int

// The kinds of events.
const (
	Sent Kind = iota
	Delivered
	Lost
	Noted
	Crashed
	Restarted
	Killed
	Cut
	Healed
	Stalled
	Resumed
	Reset
)

func (k Kind) String() string {
	return [...]string{"sent", "delivered", "lost", "noted", "crashed", "restarted", "killed", "cut", "healed", "stalled", "resumed",
		"reset"}[k]
}

// String is the event as a line of text, the same for the same event.
func (e Event) String() string {
	words := []string{e.At.String(), e.Host, e.Kind.String()}
	switch e.Kind {
	case Sent, Delivered, Lost:
		m := e.Message
		words = append(words, fmt.Sprintf("%s %s→%s #%d", m.Type, m.From, m.To, m.Seq))
		if m.Conn > 0 {
			words = append(words, fmt.Sprintf("of connection %d", m.Conn))
		}
		if e.Size > 0 {
			words = append(words, brief(m.Data, e.Size))
		}
	case Noted:
		words = append(words, strconv.Quote(e.Step.Text))
		if e.Step.Value != "" {
			words = append(words, "["+e.Step.Value+"]")
		}
	}
	for _, mark := range []struct {
		is   bool
		text string
	}{{e.Copy > 0, "copy"}, {e.Reordered, "reordered"}, {e.Corrupted, "corrupted"}, {e.Text != "", e.Text}} {
		if mark.is {
			words = append(words, mark.text)
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
