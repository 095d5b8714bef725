package spacetime

import (
	"fmt"
	"strings"
)

// Actor is the state in which a failure left somebody, or the part that somebody had in it.
type Actor struct {
	Name     string
	Holds    []string // "chopstick 0"
	Does     string   // "writes n", in the third person
	WaitsFor string   // "chopstick 1", "room in the buffer", "to send on results"
	Where    string   // file:line
}

// maxActors is how many actors a story names; a longer one is not read.
const maxActors = 6

// Story tells the final state as sentences: what it is called, then who does what, and a closing remark that may be empty.
//
//	Deadlock. philosopher 0 holds chopstick 0 and waits for chopstick 1 (philosophers.go:31); philosopher 1 holds …
func Story(cause string, actors []Actor, remark string) string {
	var said []string
	for i, a := range actors {
		if i == maxActors && len(actors) > maxActors+1 {
			said = append(said, fmt.Sprintf("and %d more", len(actors)-i))
			break
		}
		said = append(said, a.String())
	}
	var sentences []string
	for _, s := range []string{cause, strings.Join(said, "; "), remark} {
		if s = strings.TrimSpace(s); s != "" {
			sentences = append(sentences, endSentence(s))
		}
	}
	return strings.Join(sentences, " ")
}

// String is what the actor does, as a clause: no full stop.
func (a Actor) String() string {
	var parts []string
	if len(a.Holds) > 0 {
		parts = append(parts, "holds "+list(a.Holds))
	}
	if a.Does != "" {
		parts = append(parts, a.Does)
	}
	switch {
	case strings.HasPrefix(a.WaitsFor, "to "): // "waits to send on results"
		parts = append(parts, "waits "+a.WaitsFor)
	case a.WaitsFor != "":
		parts = append(parts, "waits for "+a.WaitsFor)
	}
	clause := strings.TrimSpace(a.Name + " " + list(parts))
	if a.Where != "" {
		clause += " (" + a.Where + ")"
	}
	return clause
}

// list joins as English does: a, b and c.
func list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

func endSentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
