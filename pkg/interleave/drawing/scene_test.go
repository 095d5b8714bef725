package drawing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave"
)

func TestACallThatReturnsNothingIsNoEquation(t *testing.T) {
	require.Equal(t, "Get(1) = 10, true", equation("Get(1)", "10, true"))
	require.Equal(t, "Put(1, 10)", equation("Put(1, 10)", ""))
}

func TestAReturnBelongsToTheCallRightBeforeIt(t *testing.T) {
	events := []interleave.Event{
		{Index: 0, Op: "call", Detail: "Compute(1, panic)"}, // which has no return
		{Index: 1, Op: "call", Detail: "Get(1)"},
		{Index: 2, Op: "lock"},
		{Index: 3, Op: "return", Detail: "0, false"},
	}
	s := &scene{failure: &interleave.Failure{Events: events}}
	_, whole := s.undisturbed(&events[0])
	require.False(t, whole)
	end, whole := s.undisturbed(&events[1])
	require.True(t, whole)
	require.Equal(t, 3, end)
}
