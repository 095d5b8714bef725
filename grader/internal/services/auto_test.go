package services_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/servicestest"
)

// noDocker points the Docker client at nothing.
const noDocker = "DOCKER_HOST=unix:///nowhere/docker.sock"

// choose opens and starts a pool in a process of its own, for which the machine is what env says, and returns what
// it said. (Docker's client reads the environment once in a process.)
func choose(t *testing.T, provider, kind, needs string, env ...string) string {
	t.Helper()
	run := exec.Command(os.Args[0], "-test.run=^TestHelperChoose$")
	run.Env = append(os.Environ(), append(env, "SCALELAB_HELPER_CHOOSE="+provider, "KIND="+kind, "NEEDS="+needs)...)
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// TestHelperChoose is the process that choose starts; by itself it is no test.
func TestHelperChoose(t *testing.T) {
	provider := os.Getenv("SCALELAB_HELPER_CHOOSE")
	if provider == "" {
		t.Skip("only a part of the tests of auto")
	}
	p, err := services.Open(t.Context(), services.Options{
		Provider: provider,
		Kinds:    []services.Kind{services.Kind(os.Getenv("KIND"))},
		Needs:    strings.Fields(os.Getenv("NEEDS")),
		Log:      func(line string) { fmt.Println(line) },
	})
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	defer p.Close(t.Context())
	if err := p.Start(t.Context()); err != nil {
		fmt.Println("error:", err)
	}
	if p.Embedded() {
		fmt.Println(onlyEmbedded)
	}
}

// onlyEmbedded is what choose says of a pool whose servers are all a part of the grader.
const onlyEmbedded = "nothing but embedded servers"

func TestAutoOnAMachineWithNothingButGo(t *testing.T) {
	for _, kind := range []string{"redis", "rabbitmq"} {
		said := choose(t, services.Auto, kind, "", noDocker, "PATH="+t.TempDir())
		require.Contains(t, said, "from embedded: ")
		require.Contains(t, said, onlyEmbedded)
		require.Contains(t, said, "not external (SCALELAB_EXTERNAL_")
		require.Contains(t, said, "container (no Docker engine answers: start it, or set DOCKER_HOST)")
		require.Contains(t, said, "is not installed (on Debian: apt-get install ")
	}
}

func TestAutoWithoutDocker(t *testing.T) {
	servicestest.Require(t, services.Process)
	said := choose(t, services.Auto, "redis", "", noDocker)
	require.Regexp(t, `services: redis \d\S+ from process: \S+/redis-server, a server for each check; not external`, said)
	require.NotContains(t, said, onlyEmbedded)
}

func TestAutoPassesOverWhoCannotDoWhatIsNeeded(t *testing.T) {
	external := []string{noDocker, services.EnvExternalRedis + "=redis://127.0.0.1:1", services.EnvExternalDatabases + "=1-9"}
	said := choose(t, services.Auto, "redis", "pubsub", append(external, "PATH="+t.TempDir())...)
	require.Contains(t, said, "from embedded: ")
	require.Contains(t, said, `external (redis from external has no "pubsub"`)
}

func TestAutoGoesOnWhenAnImageCannotBePulled(t *testing.T) {
	servicestest.Require(t, services.Container)
	said := choose(t, services.Auto, "redis", "", "SCALELAB_REDIS_IMAGE=127.0.0.1:1/nothing:here")
	require.Contains(t, said, "not external")
	require.Contains(t, said, "container (image 127.0.0.1:1/nothing:here is not here and cannot be pulled: ")
	require.Contains(t, said, "run `make images`")
	require.NotContains(t, said, "error:")
}

func TestAProviderAskedForByNameMustBeThere(t *testing.T) {
	nothing := []string{noDocker, "PATH=" + t.TempDir()}
	for provider, want := range map[string]string{
		services.Container: "error: redis from container: no Docker engine answers",
		services.Process:   "error: redis from process: redis-server is not installed (on Debian: apt-get install redis-server)",
		services.External:  "error: redis from external: SCALELAB_EXTERNAL_REDIS is not set",
	} {
		require.Contains(t, choose(t, provider, "redis", "", nothing...), want)
	}
	require.Contains(t, choose(t, services.External, "redis", "", services.EnvExternalRedis+"=redis://127.0.0.1:1"),
		"error: redis from external: SCALELAB_EXTERNAL_REDIS_DATABASES: want first-last, as 1-15")
	require.Contains(t, choose(t, services.External, "rabbitmq", "", services.EnvExternalRabbitMQ+"=amqp://127.0.0.1:1"),
		"error: rabbitmq from external: SCALELAB_EXTERNAL_RABBITMQ: want amqp://administrator:password@host:port/vhost")
}
