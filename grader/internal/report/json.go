// Package report writes a scorecard for people and for programs.
//
//	text  a terminal: short, coloured; to a pipe the same words without colour
//	json  docs/scorecard.schema.json: everything
package report

import (
	"encoding/json"
	"fmt"
	"io"

	"scalelab/grader/internal/score"
)

// Format writes scorecards in one way.
type Format func(w io.Writer, card *score.Scorecard, style Style) error

// Formats are the ways by their name on the command line.
var Formats = map[string]Format{"text": Text, "json": JSON}

// Style is how text is set.
type Style struct {
	Colour bool
	All    bool // also evidence of what passed and rules of every check
}

// JSON writes the whole scorecard, indented, with a newline at its end.
func JSON(w io.Writer, card *score.Scorecard, _ Style) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(card); err != nil {
		return fmt.Errorf("write scorecard of %s: %w", card.Submission, err)
	}
	return nil
}

// Comparable returns the scorecard as JSON without what may differ between two gradings of the same files.
func Comparable(card *score.Scorecard) ([]byte, error) {
	whole, err := json.Marshal(card)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(whole, &tree); err != nil {
		return nil, err
	}
	return json.MarshalIndent(without(tree, "timing", "environment"), "", "  ")
}

// without drops the keys wherever they stand.
func without(node any, keys ...string) any {
	switch node := node.(type) {
	case map[string]any:
		for _, key := range keys {
			delete(node, key)
		}
		for key, child := range node {
			node[key] = without(child, keys...)
		}
	case []any:
		for i, child := range node {
			node[i] = without(child, keys...)
		}
	}
	return node
}
