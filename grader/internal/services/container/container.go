package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"scalelab/pkg/services/faultproxy"
)

const (
	poll       = 50 * time.Millisecond
	orderly    = 20 * time.Second // for a server to stop by itself
	startBound = 3 * time.Minute  // RabbitMQ takes about 7 s when the machine is idle
)

// Spec is what to run.
type Spec struct {
	Image string
	Ports []string // inside the container, as "6379/tcp"
	With  []testcontainers.ContainerCustomizer
	// Launch is testcontainers.Run, or a module's variant of it.
	Launch func(ctx context.Context, image string, with ...testcontainers.ContainerCustomizer) (*testcontainers.DockerContainer, error)
	// Ready is asked again and again until it returns nil; addr gives the address for one of Ports.
	Ready func(ctx context.Context, addr func(port string) string) error
}

// Container is a running server whose addresses outlive restarts.
type Container struct {
	engine *Engine
	spec   Spec
	inner  *testcontainers.DockerContainer
	fronts map[string]*faultproxy.Proxy // by port inside the container

	mu      sync.Mutex // one of Restart, Kill, Start and Close at a time
	settled bool       // the fronts lead to a server that is ready
}

// Run starts a container and returns when it is ready.
func (e *Engine) Run(ctx context.Context, spec Spec) (*Container, error) {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	options := append([]testcontainers.ContainerCustomizer{
		testcontainers.WithLabels(e.labels()),
		testcontainers.WithExposedPorts(spec.Ports...),
		testcontainers.WithHostConfigModifier(onLoopback(spec.Ports)),
		testcontainers.WithWaitStrategy(wait.ForNop(atOnce)),
	}, spec.With...)
	// A launch that is cut off may leave a container that nobody knows of; it is brief, so it is let finish.
	launch, finished := context.WithTimeout(context.WithoutCancel(ctx), startBound)
	defer finished()
	inner, err := spec.Launch(launch, spec.Image, options...)
	c := &Container{engine: e, spec: spec, inner: inner, fronts: map[string]*faultproxy.Proxy{}}
	if err == nil {
		err = c.settle(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container %s: %w", spec.Image, err), c.Close(context.WithoutCancel(ctx)))
	}
	return c, nil
}

// atOnce waits for nothing: Ready knows better than a line in a log, which a server that is started again finds there.
func atOnce(context.Context, wait.StrategyTarget) error { return nil }

// onLoopback publishes ports to this machine only.
func onLoopback(ports []string) func(*container.HostConfig) {
	return func(host *container.HostConfig) {
		host.PortBindings = network.PortMap{}
		for _, p := range ports {
			host.PortBindings[network.MustParsePort(p)] = []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1")}}
		}
	}
}

// Addr is where a port inside the container is reached, host:port; it never changes.
func (c *Container) Addr(port string) string { return c.fronts[port].Addr() }

// Image is what runs.
func (c *Container) Image() string { return c.spec.Image }

// Kill ends the server at once; its files stay.
func (c *Container) Kill(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = false
	_, err := c.engine.docker.ContainerKill(context.WithoutCancel(ctx), c.inner.GetContainerID(), client.ContainerKillOptions{Signal: "SIGKILL"})
	if err != nil && !strings.Contains(err.Error(), "is not running") {
		return fmt.Errorf("kill container: %w", err)
	}
	err = c.await(ctx, func(ctx context.Context) error {
		if running, err := c.running(ctx); err != nil || running {
			return errors.Join(err, errors.New("still running"))
		}
		return nil
	})
	return errors.Join(err, c.refuse(ctx))
}

// Start starts the server after Kill and returns when it is ready.
func (c *Container) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start(ctx)
}

// Restart lets the server stop in order and starts it.
func (c *Container) Restart(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = false
	seconds := int(orderly.Seconds())
	// The engine would go on with a stop that is cut off here, and end a server that was started meanwhile.
	_, err := c.engine.docker.ContainerStop(context.WithoutCancel(ctx), c.inner.GetContainerID(), client.ContainerStopOptions{Timeout: &seconds})
	if err != nil {
		return fmt.Errorf("stop container: %w", err)
	}
	return errors.Join(c.refuse(ctx), c.start(ctx))
}

// refuse lets the fronts refuse connections, as the ports of a server that is not there do.
func (c *Container) refuse(ctx context.Context) error {
	var err error
	for _, front := range c.fronts {
		err = errors.Join(err, front.Down(ctx))
	}
	return err
}

func (c *Container) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	if c.settled {
		return nil
	}
	// Of a container that runs already the engine says that it does so, and that is no error.
	_, err := c.engine.docker.ContainerStart(ctx, c.inner.GetContainerID(), client.ContainerStartOptions{})
	if err != nil {
		return fmt.Errorf("start container: %w", err)
	}
	return c.settle(ctx)
}

// settle points the fronts at the published ports, which are new after every start, and waits until Ready.
func (c *Container) settle(ctx context.Context) error {
	for _, p := range c.spec.Ports {
		if err := c.front(ctx, p); err != nil {
			return err
		}
	}
	err := c.await(ctx, func(ctx context.Context) error {
		if running, err := c.running(ctx); err != nil || !running {
			return errors.Join(errEnded, err)
		}
		return c.spec.Ready(ctx, c.Addr)
	})
	c.settled = err == nil
	return err
}

func (c *Container) front(ctx context.Context, port string) error {
	published, err := c.inner.MappedPort(ctx, port)
	if err != nil {
		return err
	}
	target := fmt.Sprintf("127.0.0.1:%d", published.Num())
	if front, ok := c.fronts[port]; ok {
		return errors.Join(front.Retarget(ctx, target), front.Heal(ctx))
	}
	c.fronts[port], err = faultproxy.Start(target)
	return err
}

// errEnded ends a wait early: what has ended will not become ready.
var errEnded = errors.New("the server ended")

// await asks until the answer is nil, errEnded, or ctx ends.
func (c *Container) await(ctx context.Context, ask func(context.Context) error) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := ask(ctx)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errEnded):
			return fmt.Errorf("%w: %s", err, c.lastWords())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w: %s", ctx.Err(), err, c.lastWords())
		case <-tick.C:
		}
	}
}

func (c *Container) running(ctx context.Context) (bool, error) {
	state, err := c.engine.docker.ContainerInspect(ctx, c.inner.GetContainerID(), client.ContainerInspectOptions{})
	if err != nil {
		return false, fmt.Errorf("inspect container: %w", err)
	}
	return state.Container.State.Running, nil
}

// lastWords is the end of what the server printed.
func (c *Container) lastWords() string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	logs, err := c.inner.Logs(ctx)
	if err != nil {
		return "(its log cannot be read)"
	}
	defer logs.Close()
	text, _ := io.ReadAll(io.LimitReader(logs, 1<<20))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// Close removes the container with its files, and the fronts.
func (c *Container) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.inner != nil {
		_, err = c.engine.docker.ContainerRemove(ctx, c.inner.GetContainerID(),
			client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if absent(err) {
			err = nil
		}
	}
	for _, front := range c.fronts {
		err = errors.Join(err, front.Close())
	}
	return err
}
