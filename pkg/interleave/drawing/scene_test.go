package drawing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACallThatReturnsNothingIsNoEquation(t *testing.T) {
	require.Equal(t, "Get(1) = 10, true", equation("Get(1)", "10, true"))
	require.Equal(t, "Put(1, 10)", equation("Put(1, 10)", ""))
}
