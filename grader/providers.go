package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"scalelab/grader/internal/services"
)

// requireEnv lists the providers that this machine must have, separated by commas: in CI a missing one is a failure.
const requireEnv = "SCALELAB_REQUIRE"

// expand replaces "every" by the providers that this machine has. The embedded servers come first: a proof grades twice what it grades once
// on the others, and they are the fastest by far.
func expand(ctx context.Context, wanted []string, kinds []services.Kind) ([]string, error) {
	if !slices.Equal(wanted, []string{"every"}) {
		return wanted, nil
	}
	reports, err := services.Available(ctx)
	if err != nil {
		return nil, err
	}
	usable := usableProviders(reports, kinds)
	for _, name := range strings.FieldsFunc(os.Getenv(requireEnv), func(r rune) bool { return r == ',' }) {
		if !slices.Contains(usable, name) {
			return nil, fmt.Errorf("%s asks for the provider %s, which this machine does not have; see `go run ./grader doctor`", requireEnv, name)
		}
	}
	if i := slices.Index(usable, services.Embedded); i > 0 {
		usable = slices.Insert(slices.Delete(usable, i, i+1), 0, services.Embedded)
	}
	return usable, nil
}

// usableProviders lists providers that have something of what is needed and nothing missing that could be there: what a provider
// cannot do by its nature is not judged on it.
func usableProviders(reports []services.Report, kinds []services.Kind) []string {
	some, missing := map[string]bool{}, map[string]bool{}
	var order []string
	for _, r := range reports {
		if !slices.Contains(order, r.Provider) {
			order = append(order, r.Provider)
		}
		if len(kinds) > 0 && !slices.Contains(kinds, r.Kind) {
			continue
		}
		some[r.Provider] = some[r.Provider] || r.Usable
		missing[r.Provider] = missing[r.Provider] || (!r.Usable && !errors.Is(r.Why, services.ErrCannot))
	}
	return slices.DeleteFunc(order, func(p string) bool { return !some[p] || missing[p] })
}
