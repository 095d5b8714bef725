package skierapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"scalelab/pkg/check"
)

// How much of a story is shown.
const (
	exchanges = 8   // the last ones
	width     = 86  // of a line
	bodyShown = 420 // bytes of a body
)

// story is what was said between client and service, in order. It is shown if the check fails.
type story struct {
	title          string
	pictured       bool // there is a picture, too: it matters who did what when
	number         int
	told           []*exchange
	why, want, got string // what was wrong
}

// exchange is a request and its answer, as they would cross the wire, or something else that happens.
type exchange struct {
	number int
	lines  []string
	moves  []move // the same for the picture
}

func (e *exchange) add(first, rest, text string) {
	for i, line := range fold(text, width-len([]rune(rest))) {
		if i == 0 {
			e.lines = append(e.lines, first+line)
			continue
		}
		e.lines = append(e.lines, rest+line)
	}
}

// asks writes down a request.
func (y *story) asks(r request) *exchange {
	y.number++
	e := &exchange{number: y.number}
	y.told = append(y.told, e)
	e.add(fmt.Sprintf("%3d ▶ ", e.number), "      ", r.String())
	e.moves = append(e.moves, move{lane: client, text: fmt.Sprintf("%d: %s", e.number, r), to: service, then: fmt.Sprintf("begins %d", e.number)})
	if r.contentType != "" {
		e.add("      ", "      ", "Content-Type: "+r.contentType)
	}
	switch {
	case r.chunked:
		e.add("      ", "      ", "Transfer-Encoding: chunked")
	case r.body != "":
		e.add("      ", "      ", fmt.Sprintf("Content-Length: %d", len(r.body)))
	}
	if r.body != "" {
		e.add("      ", "      ", shortened(r.body))
	}
	return e
}

// answers writes down the answer. If something else was written meanwhile, it comes after that.
func (y *story) answers(e *exchange, a reply) {
	if last := y.told[len(y.told)-1]; last != e {
		e = &exchange{number: e.number}
		y.told = append(y.told, e)
	}
	first := fmt.Sprintf("%3d ◀ ", e.number)
	if a.cut != "" {
		e.add(first, "      ", "no answer: the connection is closed")
		e.moves = append(e.moves, move{lane: service, text: fmt.Sprintf("the panic leaves %d", e.number), to: client, then: "no answer", lost: true})
		return
	}
	e.moves = append(e.moves, move{lane: service, text: fmt.Sprintf("answers %d", e.number), to: client, then: fmt.Sprintf("%d: %s", e.number, a.inShort())})
	e.add(first, "      ", a.String())
	for _, name := range []string{"Content-Type", "Location", "Allow"} {
		if values := a.header.Values(name); len(values) > 0 {
			if name == "Allow" {
				values = inOrder(values)
			}
			e.add("      ", "      ", http.CanonicalHeaderKey(name)+": "+strings.Join(values, ", "))
		}
	}
	if a.body != "" {
		e.add("      ", "      ", shortened(strings.TrimSpace(a.body)))
	}
}

// happens writes down what is no exchange.
func (y *story) happens(lane, text string) {
	e := &exchange{moves: []move{{lane: lane, text: text}}}
	e.add("    ∙ ", "      ", text)
	y.told = append(y.told, e)
}

// marks says what was wrong, at the end of the story.
func (y *story) marks(text string) {
	if len(y.told) == 0 {
		y.happens(client, "")
	}
	e := y.told[len(y.told)-1]
	for i, line := range strings.Split(text, "\n") {
		if i == 0 {
			e.add("    ✗ ", "      ", line)
			continue
		}
		e.add("      ", "      ", line)
	}
}

// show attaches the end of the story.
func (y *story) show(t *check.T) {
	if len(y.told) == 0 {
		return
	}
	told, shown := y.told, 0
	first := len(told)
	for first > 0 && (shown < exchanges || told[first-1].number == 0 && len(told)-first < 3*exchanges) {
		first--
		if told[first].number > 0 {
			shown++
		}
	}
	if y.pictured && y.why != "" {
		y.draw(t, told[first:])
	}
	var lines []string
	if first > 0 {
		lines = append(lines, "      (the beginning is left out)")
	}
	for _, e := range told[first:] {
		lines = append(lines, e.lines...)
	}
	check.Show(t, check.Evidence{Kind: "exchange", Title: y.title, Text: strings.Join(lines, "\n")})
}

// shortened is a body in one line, without most of its padding.
func shortened(body string) string {
	size := len(body)
	body = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(body, "?"))
	for _, blanks := range []string{strings.Repeat(" ", 64)} {
		if i := strings.Index(body, blanks); i >= 0 {
			return fmt.Sprintf("%s      …      %s   (%d bytes)", body[:i], strings.TrimSpace(body[i:]), size)
		}
	}
	if size <= bodyShown {
		return body
	}
	end := bodyShown
	for !utf8.RuneStart(body[end]) {
		end--
	}
	return fmt.Sprintf("%s…   (%d bytes)", body[:end], size)
}

// fold breaks a text into lines of so many characters: JSON behind a comma, other texts behind a blank, if there is one.
func fold(text string, width int) []string {
	ends := []string{" "}
	if strings.HasPrefix(text, "{") {
		ends = []string{"},", `",`}
	}
	rest := []rune(text)
	var lines []string
	for len(rest) > width {
		line := string(rest[:width])
		at := len(line)
		for _, end := range ends {
			if i := strings.LastIndex(line, end); i >= 0 {
				at = i + len(end)
				break
			}
		}
		lines = append(lines, strings.TrimRight(line[:at], " "))
		rest = append([]rune(line[at:]), rest[width:]...)
	}
	return append(lines, string(rest))
}
