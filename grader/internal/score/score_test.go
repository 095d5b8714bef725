package score_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
	"scalelab/pkg/check/record"
)

func lab() *kit.Lab {
	return &kit.Lab{ID: "ch04-concurrency/tiny", Title: "Tiny", Checks: []kit.Check{
		{Test: "TestOne", Points: 60, Rule: "One."}, {Test: "TestTwo", Points: 30, Rule: "Two."}, {Test: "TestThree", Points: 10, Rule: "Three."},
	}}
}

func result(v record.Verdict, cause record.Cause) record.Result {
	return record.Result{Verdict: v, Cause: cause}
}

func TestPointsAreThoseOfThePassedChecks(t *testing.T) {
	l := score.Of(lab(), []record.Result{result(record.Passed, ""), result(record.Failed, record.Deadlock), result(record.Passed, "")})
	require.Equal(t, 70, *l.Points)
	require.Equal(t, 70, l.AtLeast)
	require.Equal(t, 100, l.Max)
	require.Equal(t, score.Graded, l.Status)
	require.Equal(t, 0, *l.Checks[1].Points)
	require.Equal(t, record.Deadlock, l.Checks[1].Cause)
}

func TestOneUnjudgedCheckLeavesNoNumber(t *testing.T) {
	l := score.Of(lab(), []record.Result{result(record.Passed, ""), result(record.NotJudged, ""), result(record.Failed, record.Panic)})
	require.Nil(t, l.Points, "the lab has no number")
	require.Nil(t, l.Checks[1].Points, "the check has no number")
	require.Equal(t, 60, l.AtLeast)
	require.Equal(t, score.NotJudged, l.Status)

	full := score.Of(lab(), []record.Result{result(record.Passed, ""), result(record.Passed, ""), result(record.Passed, "")})
	card := score.Sum("ann", []*score.Lab{full, l})
	require.Nil(t, card.Points, "neither has the total")
	require.Equal(t, 160, card.AtLeast)
	require.Equal(t, 200, card.Max)
}

func TestLabsThatDidNotRun(t *testing.T) {
	refused := score.Zero(lab(), score.Refused, record.Policy, "import \"os\"")
	require.Equal(t, 0, *refused.Points)
	require.Equal(t, score.Refused, refused.Status)
	require.Len(t, refused.Checks, 3)
	require.Equal(t, record.Policy, refused.Checks[2].Cause)

	unjudged := score.Unjudged(lab(), "no compiler")
	require.Nil(t, unjudged.Points)
	require.Equal(t, score.NotJudged, unjudged.Status)
	require.Equal(t, 0, unjudged.AtLeast)
}
