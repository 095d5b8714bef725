package services

import "context"

// provider is one place where servers come from.
type provider struct {
	name string
	// look says quickly whether the provider can be used here for a kind: a candidate, or the reason why not and how
	// to change that. It starts nothing.
	look func(ctx context.Context, h *host, kind Kind) (candidate, error)
}

// providers are all there are, in the order in which auto prefers them.
var providers = []provider{
	{External, lookExternal},
	{Container, lookContainer},
	{Process, lookProcess},
	{Embedded, lookEmbedded},
}

func names() []string {
	all := []string{Auto}
	for _, p := range providers {
		all = append(all, p.name)
	}
	return all
}
