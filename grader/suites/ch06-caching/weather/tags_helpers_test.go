package weather_test

import (
	"fmt"
	"slices"
	"strings"
)

// tags gives short names to tags, which may be long, and different in every run.
type tags struct {
	seen []string // what stands between the quotes
}

// opaque is a tag without W/ and quotes.
func opaque(tag string) string { return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) }

func (g *tags) see(tag string) {
	if tag = opaque(tag); tag != "" && !slices.Contains(g.seen, tag) {
		g.seen = append(g.seen, tag)
	}
}

func (g *tags) count() int { return len(g.seen) }

// name replaces tags by their names. Longer ones come first, since they may contain others.
func (g *tags) name(header string) string {
	longest := slices.Clone(g.seen)
	slices.SortStableFunc(longest, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, tag := range longest {
		pairs = append(pairs, tag, fmt.Sprint("tag ", slices.Index(g.seen, tag)+1))
	}
	return strings.NewReplacer(pairs...).Replace(header)
}
