package services_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
)

// nobody is an address at which nobody listens.
const nobody = "127.0.0.1:1"

// TestExternalServersThatCannotBeUsed: whoever declares a server learns which declaration is wrong, and how. No
// password is repeated.
func TestExternalServersThatCannotBeUsed(t *testing.T) {
	leavesNothing(t)
	declareExternal(t)
	rabbit, management := declared(t, services.EnvExternalRabbitMQ), declared(t, services.EnvExternalManagement)
	redis := declared(t, services.EnvExternalRedis)
	for _, c := range []struct {
		name string
		kind services.Kind
		env  string
		to   url.URL
		want string
	}{
		{"wrong URL", services.RabbitMQ, services.EnvExternalRabbitMQ, at(rabbit, nobody),
			"SCALELAB_EXTERNAL_RABBITMQ: dial tcp 127.0.0.1:1: connect: connection refused"},
		{"another protocol", services.RabbitMQ, services.EnvExternalRabbitMQ, at(rabbit, management.Host), "SCALELAB_EXTERNAL_RABBITMQ: "},
		{"wrong password", services.RabbitMQ, services.EnvExternalRabbitMQ, as(rabbit, "wrong-secret"),
			`SCALELAB_EXTERNAL_RABBITMQ: Exception (403) Reason: "username or password not allowed"`},
		{"missing virtual host", services.RabbitMQ, services.EnvExternalRabbitMQ, in(rabbit, "/missing"),
			`SCALELAB_EXTERNAL_RABBITMQ: Exception (530) Reason: "NOT_ALLOWED - vhost missing not found"`},
		{"wrong management URL", services.RabbitMQ, services.EnvExternalManagement, at(management, nobody),
			"SCALELAB_EXTERNAL_RABBITMQ_MANAGEMENT: management API: "},
		{"another protocol for management", services.RabbitMQ, services.EnvExternalManagement, at(management, rabbit.Host),
			"SCALELAB_EXTERNAL_RABBITMQ_MANAGEMENT: management API: "},
		{"wrong management password", services.RabbitMQ, services.EnvExternalManagement, as(management, "wrong-secret"),
			"SCALELAB_EXTERNAL_RABBITMQ_MANAGEMENT: management API: 401 Unauthorized: the management API does not accept these credentials"},
		{"wrong Redis URL", services.Redis, services.EnvExternalRedis, at(redis, nobody),
			"SCALELAB_EXTERNAL_REDIS: dial tcp 127.0.0.1:1: connect: connection refused"},
		{"wrong Redis password", services.Redis, services.EnvExternalRedis, as(redis, "wrong-secret"),
			"SCALELAB_EXTERNAL_REDIS: WRONGPASS invalid username-password pair or user is disabled."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(c.env, c.to.String())
			p := openExternal(t, c.kind)
			err := p.Start(t.Context())
			require.ErrorContains(t, err, "no "+string(c.kind)+": external ("+c.want)
			require.NotContains(t, err.Error(), "wrong-secret")
			_, err = p.View(t.Context(), services.Need{Kinds: []services.Kind{c.kind}})
			require.ErrorContains(t, err, c.want, "what a check is told: it is not judged")
		})
	}
}

// TestAnExternalServerThatSaysNothing accepts connections and never answers: an interrupt ends the wait.
func TestAnExternalServerThatSaysNothing(t *testing.T) {
	leavesNothing(t)
	for _, kind := range []services.Kind{services.Redis, services.RabbitMQ} {
		t.Run(string(kind), func(t *testing.T) {
			silent, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer silent.Close()
			asked := make(chan net.Conn, 1)
			go func() {
				if conn, err := silent.Accept(); err == nil {
					asked <- conn
				}
			}()
			t.Setenv(services.EnvExternalRedis, "redis://"+silent.Addr().String())
			t.Setenv(services.EnvExternalDatabases, "1-9")
			t.Setenv(services.EnvExternalRabbitMQ, "amqp://guest:guest@"+silent.Addr().String()+"/")
			t.Setenv(services.EnvExternalManagement, "http://guest:guest@"+silent.Addr().String())
			p := openExternal(t, kind)
			started := make(chan error, 1)
			go func() { started <- p.Start(t.Context()) }()
			conn := <-asked
			defer conn.Close()
			require.NoError(t, p.Close(t.Context()))
			require.Error(t, <-started)
		})
	}
}

// TestMemoryAlarmCostsNoPoints: while a broker takes no messages no check is judged, and what was held up arrives.
func TestMemoryAlarmCostsNoPoints(t *testing.T) {
	leavesNothing(t)
	declareExternal(t)
	p := openExternal(t, services.RabbitMQ)
	v := open(t, p, services.RabbitMQ, false)
	subject, eyes := channels(t, v)
	declare(t, subject, "q")
	requireConfirmed(t, send(t, subject, "q"))
	require.NoError(t, v.Health(t.Context()))

	watermark(t, "0.00001")
	const alarm = "rabbitmq: the broker has raised an alarm, for it is short of memory"
	require.ErrorContains(t, v.Health(t.Context()), alarm)
	_, err := p.View(t.Context(), services.Need{Kinds: onlyRabbit})
	require.ErrorContains(t, err, alarm)
	late := openExternal(t, services.RabbitMQ)
	require.ErrorContains(t, late.Start(t.Context()), "no rabbitmq: external ("+alarm)
	held := send(t, subject, "q")
	require.False(t, isDone(held))

	watermark(t, "0.9")
	requireConfirmed(t, held)
	require.Equal(t, 2, depth(t, eyes, "q"), "nothing is lost")
	require.ErrorContains(t, v.Health(t.Context()), "rabbitmq: the broker has blocked connections of the check: low on memory",
		"the check waited in vain, also if the alarm is over when it ends")
	require.NoError(t, open(t, p, services.RabbitMQ, false).Health(t.Context()))
}

func openExternal(t *testing.T, kind services.Kind) *services.Pool {
	t.Helper()
	p, err := services.Open(t.Context(), services.Options{Provider: services.External, Kinds: []services.Kind{kind}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close(context.Background())) })
	return p
}

func declared(t *testing.T, env string) url.URL {
	t.Helper()
	u, err := url.Parse(os.Getenv(env))
	require.NoError(t, err)
	return *u
}

func at(u url.URL, host string) url.URL { u.Host = host; return u }
func in(u url.URL, path string) url.URL { u.Path = path; return u }

func as(u url.URL, password string) url.URL {
	name := "nobody"
	if u.User != nil {
		name = u.User.Username()
	}
	u.User = url.UserPassword(name, password)
	return u
}

// watermark sets how much of the machine's memory the node of this process may use before it raises an alarm, and
// waits until it has been obeyed.
func watermark(t *testing.T, fraction string) {
	t.Helper()
	nodes := ourChildren(t, "beam.smp")
	require.Len(t, nodes, 1)
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(nodes[0]), "environ"))
	require.NoError(t, err)
	ctl := exec.CommandContext(t.Context(), "/usr/lib/rabbitmq/bin/rabbitmqctl", "set_vm_memory_high_watermark", fraction)
	ctl.Env = strings.Split(strings.TrimRight(string(environment), "\x00"), "\x00")
	said, err := ctl.CombinedOutput()
	require.NoError(t, err, "%s", said)
}
