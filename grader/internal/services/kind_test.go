package services_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	check "scalelab/pkg/services"
)

func TestNeedsAreValidated(t *testing.T) {
	both := []services.Kind{services.Redis, services.RabbitMQ}
	cases := map[string]struct {
		need services.Need
		want string // empty: valid
	}{
		"nothing":           {services.Need{}, ""},
		"plain":             {services.Need{Kinds: both}, ""},
		"restart":           {services.Need{Kinds: onlyRabbit, Exclusive: true, Needs: []string{"restart"}}, ""},
		"unknown service":   {services.Need{Kinds: []services.Kind{"kafka"}}, `unknown service "kafka"`},
		"unknown need":      {services.Need{Kinds: both, Needs: []string{"telepathy"}}, `unknown need "telepathy"; known are acl, `},
		"shared restart":    {services.Need{Kinds: onlyRedis, Needs: []string{"restart"}}, "exclusive: true"},
		"eviction of queue": {services.Need{Kinds: onlyRabbit, Exclusive: true, Needs: []string{"eviction"}}, "not among the check's services"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.need.Validate()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestWhatAProviderCannotDoIsNotJudgedThere(t *testing.T) {
	p, err := services.Open(t.Context(), services.Options{Provider: services.Embedded, Kinds: onlyRedis})
	require.NoError(t, err)
	defer p.Close(t.Context())
	_, err = p.View(t.Context(), services.Need{Kinds: onlyRedis, Exclusive: true, Needs: []string{"eviction"}})
	require.ErrorIs(t, err, services.ErrCannot)
	require.ErrorContains(t, err, `redis from embedded has no "eviction" (container or process can)`)

	_, err = p.View(t.Context(), services.Need{Kinds: onlyRabbit})
	require.ErrorContains(t, err, "rabbitmq was not asked for when the run began")
	require.Equal(t, map[services.Kind]string{services.Redis: services.Embedded}, p.Providers())
}

func TestUnknownProvider(t *testing.T) {
	_, err := services.Open(t.Context(), services.Options{Provider: "cloud", Kinds: onlyRedis})
	require.ErrorContains(t, err, `unknown provider "cloud" of services; known are auto, external, container, process, embedded`)
}

func TestClosingThePoolClosesItsViews(t *testing.T) {
	leavesNothing(t)
	p, err := services.Open(t.Context(), services.Options{Provider: services.Embedded, Kinds: onlyRedis})
	require.NoError(t, err)
	v, err := p.View(t.Context(), services.Need{Kinds: onlyRedis})
	require.NoError(t, err)
	seen := asCheck(v, services.Redis)
	require.NoError(t, p.Close(t.Context()))
	requireRefused(t, seen.env[check.EnvRedisURL])
	requireRefused(t, seen.env[check.EnvRedisDirect])
	require.NoDirExists(t, v.Folder())
	require.NoError(t, v.Close(t.Context()), "its own Close comes late and does nothing")
	_, err = p.View(t.Context(), services.Need{Kinds: onlyRedis})
	require.Error(t, err)
}
