package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/score"
	"scalelab/pkg/check/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

func tiny() *kit.Lab {
	return &kit.Lab{ID: "ch04-concurrency/tiny", Title: "Tiny", Checks: []kit.Check{
		{Test: "TestOne", Points: 60, Rule: "New returns one."}, {Test: "TestTwo", Points: 40, Rule: "New returns it twice."},
	}}
}

// cards are one scorecard for each situation; the golden files bear their names.
func cards() map[string]*score.Scorecard {
	passed := record.Result{Verdict: record.Passed}
	deadlock := record.Result{
		Verdict: record.Failed, Cause: record.Deadlock, Message: "every goroutine is blocked\nand nothing can wake them",
		Location: &record.Location{File: "tiny.go", Line: 31}, Native: "goroutine 17 [running]: 0xc000123456",
		Evidence: []record.Evidence{{Kind: "goroutines", Title: "Who waits", Text: "Put   tiny.go:31\nTake  tiny.go:44\n"}},
	}
	unjudged := record.Result{Verdict: record.NotJudged, Message: "redis did not stay up during the check"}
	refused := score.Zero(tiny(), score.Refused, record.Policy, "tiny.go:3: import \"os\" is not allowed")
	refused.Problems = []score.Problem{{Cause: record.Policy, Location: &record.Location{File: "tiny.go", Line: 3}, Message: "import \"os\" is not allowed"}}
	noticed := score.Of(tiny(), []record.Result{passed, passed})
	noticed.Notices = []string{"go.mod is not taken: the kit's own always rules"}
	two := score.Sum("two-labs", []*score.Lab{score.Of(tiny(), []record.Result{passed, passed}), score.Of(tiny(), []record.Result{passed, unjudged})})
	two.Notices = []string{"junk.txt is not taken"}
	return map[string]*score.Scorecard{
		"full-marks": score.Sum("full-marks", []*score.Lab{noticed}),
		"lost-point": score.Sum("lost-point", []*score.Lab{score.Of(tiny(), []record.Result{passed, deadlock})}),
		"refused":    score.Sum("refused", []*score.Lab{refused}),
		"missing":    score.Sum("missing", []*score.Lab{score.Zero(tiny(), score.Missing, record.BuildError, "the submission has no tiny.go")}),
		"two-labs":   two,
	}
}

func TestTextGolden(t *testing.T) {
	for name, card := range cards() {
		var out bytes.Buffer
		require.NoError(t, report.Text(&out, card, report.Style{}))
		golden(t, name+".txt", out.Bytes())
	}
	var coloured bytes.Buffer
	require.NoError(t, report.Text(&coloured, cards()["lost-point"], report.Style{Colour: true}))
	golden(t, "lost-point.ansi", coloured.Bytes())
}

func TestJSONGolden(t *testing.T) {
	for name, card := range cards() {
		var out bytes.Buffer
		require.NoError(t, report.JSON(&out, card, report.Style{}))
		golden(t, name+".json", out.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), name)
}

// TestEveryScorecardFitsTheSchema also breaks one, to see that the schema can refuse.
func TestEveryScorecardFitsTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../../docs/scorecard.schema.json")
	require.NoError(t, err)
	validate := func(card *score.Scorecard) error {
		text, err := json.Marshal(card)
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		return schema.Validate(value)
	}
	for name, card := range cards() {
		require.NoError(t, validate(card), name)
	}
	for what, spoil := range map[string]func(*score.Scorecard){
		"a failed check with points": func(c *score.Scorecard) { c.Labs[0].Checks[1].Points = &c.Max },
		"a failed check without why": func(c *score.Scorecard) { c.Labs[0].Checks[1].Cause = "" },
		"an unknown cause":           func(c *score.Scorecard) { c.Labs[0].Checks[1].Cause = "bad luck" },
		"an unknown status":          func(c *score.Scorecard) { c.Labs[0].Status = "fine" },
		"a path as a location":       func(c *score.Scorecard) { c.Labs[0].Checks[1].Location.File = "/tmp/tiny.go" },
		"another version":            func(c *score.Scorecard) { c.Schema = "scalelab/scorecard/2" },
	} {
		card := cards()["lost-point"]
		spoil(card)
		require.Error(t, validate(card), what)
	}
}

func TestComparableLeavesOutWhatMayDiffer(t *testing.T) {
	a, b := cards()["lost-point"], cards()["lost-point"]
	b.Timing.Milliseconds = 99
	b.Labs[0].Timing.Build = 7
	b.Labs[0].Checks[1].Environment["native"] = "goroutine 18"
	left, err := report.Comparable(a)
	require.NoError(t, err)
	right, err := report.Comparable(b)
	require.NoError(t, err)
	require.Equal(t, string(left), string(right))
	require.NotContains(t, string(left), "timing")

	b.Labs[0].Checks[1].Message = "another"
	right, err = report.Comparable(b)
	require.NoError(t, err)
	require.NotEqual(t, string(left), string(right))
}
