package difftest

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/difftest/programs"
	"scalelab/pkg/interleave/internal/controlled"
)

// Go's own race detector must find the races of the racy programs, and none in the others: that the scheduler reports a race in the
// former and not in the latter is what the other tests compare.
func TestGoAgreesAboutRaces(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("Go's race detector needs a C compiler: install gcc")
	}
	binary := controlled.Build(t, "./explore", "", "", "-race")
	for _, p := range programs.All() {
		if p.Alone {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			found := false
			for tries := 0; tries < 30 && !found; tries++ {
				cmd := exec.CommandContext(t.Context(), binary, "-program", p.Name)
				cmd.Env = append(cmd.Environ(), "GORACE=atexit_sleep_ms=0 exitcode=66")
				err := cmd.Run()
				found = cmd.ProcessState.ExitCode() == 66
				if !p.Racy { // what a race leads to may be anything, also a panic
					require.Equal(t, found, err != nil)
				}
				if !p.Racy && !p.Closing && tries == 3 {
					break
				}
			}
			require.Equal(t, p.Racy || p.Closing, found)
		})
	}
}
