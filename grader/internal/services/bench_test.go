package services_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
)

// BenchmarkView opens and closes views, one after the other: what each check costs beyond its own time.
func BenchmarkView(b *testing.B) {
	for _, provider := range []string{services.Embedded, services.Process, services.Container, services.External} {
		b.Run(provider, func(b *testing.B) {
			if provider == services.External {
				declareExternal(b)
			}
			p := openPool(b, provider)
			for _, kind := range []services.Kind{services.Redis, services.RabbitMQ} {
				b.Run(string(kind), func(b *testing.B) {
					for b.Loop() {
						v, err := p.View(b.Context(), services.Need{Kinds: []services.Kind{kind}})
						require.NoError(b, err)
						require.NoError(b, v.Close(b.Context()))
					}
				})
			}
		})
	}
}
