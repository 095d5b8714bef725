package sched

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlockingOutsideIsNotJudgedAndNothingRunsAfterwards(t *testing.T) {
	defer func() { stranded = false }()
	release := make(chan struct{})
	defer close(release)
	r := Run(Config{Steps: 100, FairAfter: 50}, RandomWalk(1, 1), func() { <-release })
	require.Equal(t, Unjudged, r.Failure.Kind)
	ran := false
	r = Run(Config{Steps: 100, FairAfter: 50}, RandomWalk(1, 1), func() { ran = true })
	require.Equal(t, Unjudged, r.Failure.Kind)
	require.False(t, ran)
}
