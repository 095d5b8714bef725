package minirabbit

import (
	"strings"

	"scalelab/pkg/minirabbit/internal/wire"
)

// topicExchange compares keys word by word, words being separated by dots: in the binding's key * stands for one
// word and # for any number of words, none included.
type topicExchange struct{}

func (topicExchange) matches(b *binding, key string, _ Table) bool {
	return matchWords(b.keyPattern, words(key))
}

func (topicExchange) validate(Table) *wire.Error { return nil }

// words of a key; the empty key has none.
func words(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, ".")
}

// matchWords keeps the last # to come back to, so that many # cost no more than the product of the lengths.
func matchWords(pattern, words []string) bool {
	p, w := 0, 0
	lastHash, resume := -1, 0
	for w < len(words) {
		switch {
		case p < len(pattern) && pattern[p] == "#":
			lastHash, resume = p, w
			p++
		case p < len(pattern) && (pattern[p] == "*" || pattern[p] == words[w]):
			p++
			w++
		case lastHash >= 0: // the # swallows one word more
			resume++
			p, w = lastHash+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "#" {
		p++
	}
	return p == len(pattern)
}
