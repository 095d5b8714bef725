package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/servicestest"
)

// The program itself fails if the story does not end as it must.
func TestABlockedPublisherGetsItsConfirmsInTheEnd(t *testing.T) {
	servicestest.Require(t, services.Process, services.RabbitMQ)
	require.NoError(t, run(t.Context()))
}
