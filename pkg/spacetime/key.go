package spacetime

import "strings"

const (
	keyName = "key"
	keyGap  = "   " // between its entries
)

// key explains the marks that occur and do not explain themselves.
func (l *layout) key() string {
	used := map[string]bool{}
	for i, s := range l.sc.steps {
		if s.gap != "" {
			continue
		}
		used[sortUse[l.sc.sortOf(i)]] = true
		if s.Kind == Calls {
			used["call"] = true
		}
	}
	for _, a := range l.sc.arrows {
		if l.sc.drawn(a) {
			used[arrowUse(a)] = true
		}
	}
	var said []string
	for _, k := range keyTexts {
		if used[k.use] {
			said = append(said, k.text)
		}
	}
	return strings.Join(said, keyGap)
}

var keyTexts = []struct{ use, text string }{
	{"look", "◆ look here"},
	{"call", "┃ inside a call"},
	{"waits", "□ waits"},
	{"stuck", "■ waits for ever"},
	{"crash", "╳ crash"},
	{"lost", "─✗ lost"},
	{"duplicate", "══► duplicate"},
	{"retry", "╌╌► sent again"},
	{"waits for", "━━► waits for"},
	{"race", "━━━ no order between these two"},
}

var sortUse = map[nodeSort]string{special: "look", waits: "waits", stuck: "stuck", crash: "crash"}

func arrowUse(a Arrow) string {
	if a.Lost {
		return "lost"
	}
	return map[ArrowKind]string{Retries: "retry", Duplicates: "duplicate", WaitsFor: "waits for", Races: "race"}[a.Kind]
}
