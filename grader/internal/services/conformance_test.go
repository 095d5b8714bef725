package services_test

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/process"
	"scalelab/grader/internal/services/servicestest"
	check "scalelab/pkg/services"
	"scalelab/pkg/services/faults"
)

// rule is something that every provider must do alike.
type rule struct {
	name        string
	explanation string
	kinds       []services.Kind
	exclusive   bool // it restarts or kills the server
	holds       func(t *testing.T, p *services.Pool)
}

// TestProviders holds every provider of this machine to the same rules.
func TestProviders(t *testing.T) {
	for _, provider := range []string{services.Embedded, services.Process, services.Container, services.External} {
		t.Run(provider, func(t *testing.T) {
			leavesNothing(t)
			var left leftovers
			if provider == services.External {
				left = leave(t, declareExternal(t))
			}
			p := openPool(t, provider)
			for _, r := range slices.Concat(redisRules, rabbitRules) {
				t.Run(r.name, func(t *testing.T) {
					if r.exclusive && provider == services.External {
						_, err := p.View(t.Context(), services.Need{Kinds: r.kinds, Exclusive: true})
						require.ErrorIs(t, err, services.ErrCannot, "external servers are never exclusive")
						return
					}
					t.Log(r.explanation)
					r.holds(t, p)
				})
			}
			if provider == services.External {
				t.Run("leftovers", func(t *testing.T) { left.swept(t, p) })
			}
			if provider != services.Embedded { // those servers die only with this process
				t.Run("redis dies", func(t *testing.T) { serverDies(t, p, provider, services.Redis) })
				t.Run("rabbitmq dies", func(t *testing.T) { serverDies(t, p, provider, services.RabbitMQ) })
			}
		})
	}
}

// openPool opens a provider, or says why it is skipped. SCALELAB_REQUIRE lists those that must not be.
func openPool(t testing.TB, provider string) *services.Pool {
	t.Helper()
	servicestest.Require(t, provider)
	p, err := services.Open(t.Context(), services.Options{
		Provider: provider,
		Kinds:    []services.Kind{services.Redis, services.RabbitMQ},
		Log:      func(line string) { t.Log(line) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close(context.Background())) })
	began := time.Now()
	require.NoError(t, p.Start(t.Context()))
	t.Logf("both servers answer after %s", time.Since(began).Round(time.Millisecond))
	return p
}

// declareExternal plays the servers that run already, and returns the broker's management API.
func declareExternal(t testing.TB) string {
	t.Helper()
	servicestest.Require(t, services.Process)
	folder, err := owner.NewFolder()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, folder.Close()) })
	redis, err := process.StartRedis(t.Context(), folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, redis.Close()) })
	rabbit, err := process.StartRabbitMQ(t.Context(), folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rabbit.Close()) })
	t.Setenv(services.EnvExternalRedis, "redis://"+redis.Addr())
	t.Setenv(services.EnvExternalDatabases, "3-9")
	t.Setenv(services.EnvExternalRabbitMQ, rabbit.URL())
	t.Setenv(services.EnvExternalManagement, rabbit.ManagementURL())
	return rabbit.ManagementURL()
}

// view is a services.View as the check sees it.
type view struct {
	*services.View
	env    map[string]string
	faults faults.Faults
}

// open opens a view of one kind, closed with the test.
func open(t *testing.T, p *services.Pool, kind services.Kind, exclusive bool) *view {
	t.Helper()
	inner, err := p.View(t.Context(), services.Need{Kinds: []services.Kind{kind}, Exclusive: exclusive})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, inner.Close(context.Background())) })
	return asCheck(inner, kind)
}

// asCheck reads the environment that a view gives to its check.
func asCheck(inner *services.View, kind services.Kind) *view {
	v := &view{View: inner, env: map[string]string{}}
	for _, entry := range inner.Env() {
		name, value, _ := strings.Cut(entry, "=")
		v.env[name] = value
	}
	v.faults = faults.Dial(v.env[check.EnvFaults], string(kind))
	return v
}

// alone holds where one server is divided among checks. Where each has its own, nobody waits for anybody.
func alone(t *testing.T, p *services.Pool, kind services.Kind) {
	shared, exclusive := services.Need{Kinds: []services.Kind{kind}}, services.Need{Kinds: []services.Kind{kind}, Exclusive: true}
	one, two := open(t, p, kind, false), open(t, p, kind, false)
	if address(t, one) != address(t, two) {
		v, err := p.View(t.Context(), exclusive)
		require.NoError(t, err)
		require.NoError(t, v.Close(t.Context()))
		return
	}
	waits := func(n services.Need) {
		t.Helper()
		_, err := p.View(brief(t), n)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	waits(exclusive)
	require.NoError(t, one.Close(t.Context()))
	waits(exclusive)
	require.NoError(t, two.Close(t.Context()))
	v, err := p.View(t.Context(), exclusive)
	require.NoError(t, err)
	waits(shared)
	waits(exclusive)
	require.NoError(t, v.Close(t.Context()))
	v, err = p.View(t.Context(), shared)
	require.NoError(t, err)
	require.NoError(t, v.Close(t.Context()))
}

// many opens twenty views at once; use is what each check does with its URL.
func many(t *testing.T, p *services.Pool, kind services.Kind, use func(ctx context.Context, url string) error) {
	var group errgroup.Group
	for range 20 {
		group.Go(func() error {
			v, err := p.View(t.Context(), services.Need{Kinds: []services.Kind{kind}})
			if err != nil {
				return err
			}
			seen := asCheck(v, kind)
			err = use(t.Context(), cmp.Or(seen.env[check.EnvRedisURL], seen.env[check.EnvRabbitMQURL]))
			return errors.Join(err, v.Health(t.Context()), v.Close(t.Context()))
		})
	}
	require.NoError(t, group.Wait())
}

// address is host:port of the server behind a view.
func address(t *testing.T, v *view) string {
	t.Helper()
	u, err := url.Parse(cmp.Or(v.env[check.EnvRedisDirect], v.env[check.EnvRabbitMQDirect]))
	require.NoError(t, err)
	return u.Host
}

// brief bounds an operation that a fault keeps from ending.
func brief(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// requireRefused proves that nobody listens at the address of a URL.
func requireRefused(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	conn, err := net.Dial("tcp", u.Host)
	if err == nil {
		conn.Close()
	}
	require.ErrorContains(t, err, "refused")
}
