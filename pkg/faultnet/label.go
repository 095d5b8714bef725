package faultnet

import (
	"fmt"
	"strings"
)

// words are what the sender and the receiver of a message do; none if the message is not drawn.
func (p *painter) words(m Message) (sends, receives string) {
	refused := p.refused[connection{m.From, m.To, m.Conn}]
	switch {
	case m.isPayload():
		if name := p.name(m); name != "" {
			return "send " + name, "receive " + name
		}
	case m.Type == SYN && (p.view.Connections || refused):
		return "dial " + m.To.String(), "receive dial"
	case m.Type == SYNACK && p.view.Connections:
		return "accept", "connected"
	case m.Type == FIN && p.view.Connections:
		return "close", "receive end of stream"
	case m.Type == RST && p.refused[connection{m.To, m.From, m.Conn}]:
		return "refuse: nobody listens", "refused"
	case m.Type == RST:
		return "reset", "receive reset"
	}
	return "", ""
}

func (p *painter) drawn(m Message) bool {
	sends, _ := p.words(m)
	return sends != ""
}

func (p *painter) name(m Message) string {
	if p.view.Label != nil {
		return p.view.Label(m)
	}
	return brief(m.Data, len(m.Data))
}

func (m Message) isPayload() bool { return m.Type == Datagram || m.Type == Data }

// repeats tells whether the message was sent before by the same host to the same host.
func (p *painter) repeats(m Message) bool {
	if !m.isPayload() {
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
