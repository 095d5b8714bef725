// Package programs holds small Go programs that together use every construct the scheduler supports. Each has a known set of
// outcomes. The differential test runs them as ordinary Go and under the scheduler and compares both with the set.
package programs

import (
	"fmt"
	"strings"
)

// Program is one small program. It returns what it observed.
type Program struct {
	Name     string
	Rows     string // the rows of the table of constructs (docs/interleaving.md) that it stands for
	Run      func() string
	Outcomes []string // all that may happen: what Run returns, or "panic: …", "fatal error: …", "leak", "race"
	Rare     []string // outcomes among them that the scheduler need not reach: only real time can bring them about
	Alone    bool     // natively it ends the process, or hangs: it is run in a process of its own
	Timed    bool     // natively it takes real time: it is run a few times only
	Closing  bool     // Go's race detector complains about its unordered send and close; the scheduler shows the panic instead
	Racy     bool     // it has a data race on purpose: only the report of the race is compared
}

// All returns the programs by name.
func All() []Program {
	var all []Program
	for _, group := range [][]Program{locks(), channels(), selects(), atomics(), timers(), contexts(), language(), misuse(), races(), wrongLocks(), orderly(), corners()} {
		all = append(all, group...)
	}
	return all
}

// words joins what was seen.
func words(values ...any) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, v)
	}
	return b.String()
}
