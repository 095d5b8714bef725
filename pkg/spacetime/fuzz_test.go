package spacetime_test

import (
	"encoding/xml"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/width"

	"scalelab/pkg/spacetime"
)

// Any diagram can be drawn: at most 100 columns, well-formed XML, the same bytes every time.
func FuzzDiagram(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		data := make([]byte, 64+r.IntN(1200))
		for i := range data {
			data[i] = byte(r.IntN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, again := decisions(data), decisions(data)
		one, two := d.diagram(), again.diagram()
		text, svg := one.Text(), one.SVG()
		requireNarrow(t, text)
		requireXML(t, svg)
		require.Equal(t, two, one, "drawing changed the diagram")
		require.Equal(t, text, two.Text())
		require.Equal(t, svg, two.SVG())
		require.Less(t, len(text), 40_000)
		require.Empty(t, spacetime.Overlaps(one))
		if one.Validate() == nil {
			require.NotContains(t, text, "not drawn: ")
		}
	})
}

// No label and no arrow's text is hidden by a line or by another text.
func TestNothingIsHidden(t *testing.T) {
	const runs = 300
	for seed := range uint64(runs) {
		d := tidy(rand.New(rand.NewPCG(seed, 0)))
		require.NoError(t, d.Validate(), "seed %d", seed)
		text, svg := d.Text(), d.SVG()
		require.Empty(t, spacetime.Overlaps(d), "seed %d\n%s", seed, text)
		requireNarrow(t, text)
		for _, s := range d.Steps {
			mark := "● "
			if s.Highlight {
				mark = "◆ "
			}
			require.Contains(t, text, mark+s.Text, "seed %d\n%s", seed, text)
			require.Contains(t, svg, ">"+s.Text+"<", "seed %d", seed)
		}
		for _, a := range d.Arrows {
			target := a.Lane
			if !a.Lost {
				target = d.Steps[a.To].Lane
			}
			if a.Text != "" && d.Steps[a.From].Lane != target {
				require.Contains(t, text, " "+a.Text+" ", "seed %d\n%s", seed, text)
			}
		}
	}
}

func requireNarrow(t *testing.T, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text))
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		n := 0
		for _, r := range line {
			n++
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
			if r < ' ' {
				require.Fail(t, "control character", "%q", line)
			}
		}
		// Combining marks take no column; counting them as one only makes the test stricter.
		require.LessOrEqual(t, n-strings.Count(line, "\u0301"), 100, "%q", line)
		require.Equal(t, strings.TrimRight(line, " "), line, "blanks at the end")
	}
}

func requireXML(t *testing.T, svg string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	var texts strings.Builder
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			require.NotEqual(t, "script", start.Name.Local)
		}
		if chars, ok := token.(xml.CharData); ok {
			texts.Write(chars)
		}
	}
	require.NotContains(t, strings.ReplaceAll(svg, "http://www.w3.org/2000/svg", ""), "http")
	require.NotEmpty(t, texts.String())
}

// The picture of a typical failure is small.
func TestSizes(t *testing.T) {
	for name, d := range cases() {
		require.Less(t, len(d.SVG()), 60_000, name)
		require.Less(t, strings.Count(d.Text(), "\n"), 60, name)
	}
	require.LessOrEqual(t, strings.Count(deadlock(5).Text(), "\n"), 30)
}
