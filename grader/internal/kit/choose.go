package kit

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError says that no lab has that name, and which one may have been meant.
type UnknownError struct{ Name, Suggestion string }

func (e *UnknownError) Error() string {
	if e.Suggestion == "" {
		return fmt.Sprintf("unknown lab %q; `list` shows the course", e.Name)
	}
	return fmt.Sprintf("unknown lab %q; did you mean %s?", e.Name, e.Suggestion)
}

// Choose resolves what a user typed: ids, bare names, chapters or "all" (also: nothing). The order is the course's.
func (k *Kit) Choose(names ...string) ([]*Lab, error) {
	if len(names) == 0 {
		return k.Labs, nil
	}
	wanted := map[*Lab]bool{}
	for _, name := range names {
		labs := k.matching(strings.Trim(strings.TrimPrefix(name, "labs/"), "/"))
		if len(labs) == 0 {
			return nil, &UnknownError{Name: name, Suggestion: k.nearest(name)}
		}
		for _, lab := range labs {
			wanted[lab] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(k.Labs), func(l *Lab) bool { return !wanted[l] }), nil
}

func (k *Kit) matching(name string) []*Lab {
	var labs []*Lab
	for _, lab := range k.Labs {
		if name == "all" || name == lab.ID || name == lab.Name || name == lab.Chapter {
			labs = append(labs, lab)
		}
	}
	return labs
}

// nearest returns the lab or chapter whose name needs the fewest edits, if it is near enough to be a slip of the fingers.
func (k *Kit) nearest(name string) string {
	best, distance := "", len(name)/2+1
	for _, lab := range k.Labs {
		for _, candidate := range []string{lab.Name, lab.ID, lab.Chapter} {
			if d := editDistance(strings.ToLower(name), candidate); d < distance {
				best, distance = candidate, d
			}
		}
	}
	return best
}

// editDistance is Levenshtein's: insertions, deletions and substitutions.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
