package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services/process"
)

// The program itself fails if the story does not end as it must.
func TestABlockedPublisherGetsItsConfirmsInTheEnd(t *testing.T) {
	if _, err := process.FindRabbitMQ(); err != nil {
		require.NotContains(t, os.Getenv("SCALELAB_REQUIRE"), "process", err.Error())
		t.Skip(err)
	}
	require.NoError(t, run(t.Context()))
}
