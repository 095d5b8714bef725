// Package servicestest is for tests that need servers from a certain provider.
package servicestest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
)

// Require skips the test, with the reason, where the provider has not all of the kinds; without kinds, not all that there are. Where
// SCALELAB_REQUIRE, a list with commas, names the provider, the test fails instead.
func Require(t testing.TB, provider string, kinds ...services.Kind) {
	t.Helper()
	reports, err := services.Available(t.Context())
	require.NoError(t, err)
	for _, r := range reports {
		if r.Provider != provider || r.Usable || len(kinds) > 0 && !slices.Contains(kinds, r.Kind) {
			continue
		}
		if slices.Contains(strings.Split(os.Getenv("SCALELAB_REQUIRE"), ","), provider) {
			t.Fatalf("SCALELAB_REQUIRE names %s, but %s: %v", provider, r.Kind, r.Why)
		}
		t.Skipf("provider %s is not here: %s: %v", provider, r.Kind, r.Why)
	}
}
