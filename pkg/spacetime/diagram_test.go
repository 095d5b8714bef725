package spacetime_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/spacetime"
)

func TestValidateNamesEveryMistake(t *testing.T) {
	for name, d := range cases() {
		if name != "invalid" {
			require.NoError(t, d.Validate(), name)
		}
	}
	d := invalid()
	d.Steps = append(d.Steps, spacetime.Step{Kind: 99})
	d.Arrows = append(d.Arrows, spacetime.Arrow{From: 0, To: 2, Kind: -1}, spacetime.Arrow{From: 9})
	d.Loops = append(d.Loops, spacetime.Loop{First: 0, Last: 2, Times: 2}, spacetime.Loop{First: 2, Last: 2, Times: 2})
	require.EqualError(t, d.Validate(), strings.Join([]string{
		"step 1: lane 7 of 2",
		"step 3: kind 99 is unknown",
		"arrow 1: effect 0 is not after its cause 2",
		"arrow 2: to step 1: lane 7 of 2",
		"arrow 3: lost on the way to lane -1 of 2",
		"arrow 4: kind -1 is unknown",
		"arrow 5: from step 9 of 4",
		"loop 0: steps 2 to 1 of 4, 3 times",
		"loop 2: overlaps loop 1",
	}, "\n"))
}

// An arrow leads from the latest cause of another lane; the lane itself is the arrow otherwise.
func TestRecorderDrawsOnlyWhatLeadsElsewhere(t *testing.T) {
	r := spacetime.NewRecorder("", "a")
	first := r.Step("a", spacetime.Step{Text: "unlock"})
	r.Cause("mu", first)
	require.False(t, r.Effect("mu", r.Step("a", spacetime.Step{Text: "lock"}), spacetime.Causes), "the same lane")
	require.False(t, r.Effect("other", r.Step("b", spacetime.Step{Text: "lock other"}), spacetime.Causes), "no cause")
	second := r.Step("a", spacetime.Step{Text: "unlock again"})
	r.Cause("mu", second)
	last := r.Step("b", spacetime.Step{Text: "lock"})
	require.True(t, r.Effect("mu", last, spacetime.Causes))
	require.Equal(t, []spacetime.Arrow{{From: second, To: last}}, r.Diagram.Arrows)
	require.Equal(t, []spacetime.Lane{{Name: "a"}, {Name: "b"}}, r.Diagram.Lanes)
}

// Minor steps of a lane are drawn as one, up to the next step that matters.
func TestMinorStepsAreMerged(t *testing.T) {
	var d spacetime.Diagram
	a, b := d.AddLane("a"), d.AddLane("b")
	for _, text := range []string{"one", "two"} {
		d.AddStep(spacetime.Step{Lane: a, Text: text, Minor: true, Where: "x.go:" + text})
		d.AddStep(spacetime.Step{Lane: b, Text: text + " is a longer operation", Minor: true})
	}
	from := d.AddStep(spacetime.Step{Lane: a, Text: "tells b", Minor: true})
	d.AddArrow(from, d.AddStep(spacetime.Step{Lane: b, Text: "is told", Minor: true}))
	d.AddStep(spacetime.Step{Lane: a, Text: "three", Minor: true})
	require.Equal(t, ` a                             b
 ● one, two  x.go:one…two      │
 │                             ● … 2 steps
 ● tells b ───────────────────►● is told
 ● three                       │
`, d.Text())
}

// The wait-for cycle and the race need no more than the steps.
func TestHighlightsOfStepsThatDoNotExist(t *testing.T) {
	var d spacetime.Diagram
	d.WaitCycle()
	d.WaitCycle(3, -1)
	d.Race(0, 1)
	require.Error(t, d.Validate())
	require.Contains(t, d.Text(), "(nothing happened)")
}

// The picture in the package comment is what the package draws.
func TestPackageComment(t *testing.T) {
	r := spacetime.NewRecorder("", "producer", "queue", "consumer")
	r.Cause("7", r.Step("producer", spacetime.Step{Text: "publish ride 7"}))
	r.Effect("7", r.Step("queue", spacetime.Step{Text: "store"}), spacetime.Causes)
	r.Cause("7", r.Step("queue", spacetime.Step{Text: "deliver"}))
	r.Effect("7", r.Step("consumer", spacetime.Step{Text: "handle ride 7"}), spacetime.Causes)
	r.Lose(r.Step("producer", spacetime.Step{Text: "publish ride 8"}), "queue", "")
	picture, _, _ := strings.Cut(r.Diagram.Text(), "\n\n")
	comment, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	require.Contains(t, string(comment), "//\t"+strings.ReplaceAll(strings.TrimPrefix(picture, " "), "\n ", "\n//\t"))
}

func BenchmarkDraw(b *testing.B) {
	d := deadlock(5)
	b.Run("text", func(b *testing.B) {
		for b.Loop() {
			d.Text()
		}
	})
	b.Run("svg", func(b *testing.B) {
		for b.Loop() {
			d.SVG()
		}
	})
}
