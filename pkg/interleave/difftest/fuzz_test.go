package difftest

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/internal/controlled"
)

const machinePath = "scalelab/pkg/interleave/difftest/machine"

func TestGeneratedProgramsDoExactlyWhatTheModelSays(t *testing.T) {
	binary := controlled.Build(t, "./fuzz", machinePath, "machine")
	out, err := exec.CommandContext(t.Context(), binary, "-n", "100", "-schedules", "3000").CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
}

func TestGeneratedProgramsStayInsideTheModelAsOrdinaryGo(t *testing.T) {
	binary := controlled.Build(t, "./fuzz", "", "")
	out, err := exec.CommandContext(t.Context(), binary, "-n", "500").CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
}
