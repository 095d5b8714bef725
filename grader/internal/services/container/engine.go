// Package container runs Redis and RabbitMQ in containers. It is the only package of the kit that knows Docker.
//
//	grader ──▶ front (127.0.0.1:p, ours) ──▶ published port (127.0.0.1:q, the engine's) ──▶ server
//
// The engine gives a container that was killed and started a new published port. The front keeps its own and is
// pointed at the new one, so addresses stay true for as long as the container exists. It adds no faults; those are
// each check's own, further in front.
//
// No helper container watches over ours: every container is labelled with the process that owns it, and at the next
// start those whose owner is gone are removed.
package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"

	"scalelab/grader/internal/services/owner"
)

const (
	labelKit   = "scalelab"       // "services": the container is ours
	labelOwner = "scalelab.owner" // which process may still use it
	labelRun   = "scalelab.run"   // one Engine of that process
)

// engineAnswer bounds the first question to the engine; one that runs answers in milliseconds, if the machine is not busy.
const engineAnswer = 20 * time.Second

// Engine is a Docker engine that answers.
type Engine struct {
	docker *testcontainers.DockerClient
	run    string
}

// ErrNoEngine wraps every reason why there is no engine to use.
var ErrNoEngine = errors.New("no Docker engine answers")

// configure settles what testcontainers reads from the environment once, before it is first used: no reaper
// container, loopback only, and no log lines between the grader's.
var configure = sync.OnceFunc(func() {
	tclog.SetDefault(tclog.NewNoopLogger())
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")
})

// Connect asks the engine that the environment names (DOCKER_HOST, or the default socket) whether it is there.
func Connect(ctx context.Context) (*Engine, error) {
	configure()
	ctx, cancel := context.WithTimeout(ctx, engineAnswer)
	defer cancel()
	if err := asNamed(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	if _, err := docker.Ping(ctx, client.PingOptions{}); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrNoEngine, err), docker.Close())
	}
	return &Engine{docker: docker, run: fmt.Sprintf("%s-%d", owner.Self(), time.Now().UnixNano())}, nil
}

// asNamed asks the engine that DOCKER_HOST names, if it names one. Testcontainers would go on to the default socket
// when it does not answer, and use an engine that nobody asked for.
func asNamed(ctx context.Context) error {
	if os.Getenv(client.EnvOverrideHost) == "" {
		return nil
	}
	named, err := client.New(client.FromEnv)
	if err != nil {
		return err
	}
	_, err = named.Ping(ctx, client.PingOptions{})
	return errors.Join(err, named.Close())
}

// Close lets go of the engine; containers are ended one by one before.
func (e *Engine) Close() error { return e.docker.Close() }

// labels of a container started by this process.
func (e *Engine) labels() map[string]string {
	return map[string]string{labelKit: "services", labelOwner: string(owner.Self()), labelRun: e.run}
}

// Sweep removes the containers of runs that are gone; it returns how many.
func (e *Engine) Sweep(ctx context.Context) (int, error) {
	list, err := e.docker.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: client.Filters{}.Add("label", labelKit+"=services"),
	})
	if err != nil {
		return 0, fmt.Errorf("sweep: list containers: %w", err)
	}
	swept := 0
	for _, c := range list.Items {
		if !owner.Name(c.Labels[labelOwner]).Gone() {
			continue
		}
		_, err := e.docker.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if errdefs.IsConflict(err) { // another grader is about it
			continue
		}
		if err != nil && !absent(err) {
			return swept, fmt.Errorf("sweep: remove container: %w", err)
		}
		swept++
	}
	return swept, nil
}
