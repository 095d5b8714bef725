package services

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"scalelab/grader/internal/services/container"
)

// databasesPerServer is how many databases the container's Redis has; number 0 is nobody's.
const databasesPerServer = 1024

// docker is this run's connection to the engine, made when first needed.
type docker struct {
	once   sync.Once
	engine *container.Engine
	err    error
}

// connect finds the engine once and removes the containers of killed runs.
func (d *docker) connect(ctx context.Context, log func(string)) (*container.Engine, error) {
	d.once.Do(func() {
		if d.engine, d.err = container.Connect(ctx); d.err != nil {
			return
		}
		if n, err := d.engine.Sweep(ctx); err != nil {
			log("services: " + err.Error())
		} else if n > 0 {
			log(fmt.Sprintf("services: removed containers of killed runs: %d", n))
		}
	})
	return d.engine, d.err
}

func (d *docker) close() error {
	if d.engine == nil {
		return nil
	}
	return d.engine.Close()
}

// lookContainer asks the engine and looks for the image. An image that is not here may yet be pulled; whether it can
// shows at the start.
func lookContainer(ctx context.Context, h *host, kind Kind) (candidate, error) {
	engine, err := h.docker.connect(ctx, h.log)
	if err != nil {
		return candidate{}, errors.New("no Docker engine answers: start it, or set DOCKER_HOST")
	}
	image, here, err := engine.Choose(ctx, imagesOf(kind))
	if err != nil {
		return candidate{}, err
	}
	run := containers{engine: engine, image: image, here: here, log: h.log}
	c := candidate{about: "image " + image, make: func() source { return &sharedRedis{bring: run.redis} }}
	if kind == RabbitMQ {
		c.make = func() source { return &sharedRabbit{bring: run.rabbit} }
	}
	if !here {
		c.missing = "image " + image + " is not here: `docker pull " + image + "`, or `make images` where no registry can be reached"
	}
	return c, nil
}

func imagesOf(kind Kind) container.Images {
	if kind == RabbitMQ {
		return container.RabbitMQImages
	}
	return container.RedisImages
}

// containers runs one image.
type containers struct {
	engine *container.Engine
	image  string
	here   bool
	log    func(string)
}

func (c containers) pull(ctx context.Context) error {
	if c.here {
		return nil
	}
	c.log("services: pulling " + c.image)
	return c.engine.Pull(ctx, c.image)
}

func (c containers) redis(ctx context.Context) (*redisHost, error) {
	if err := c.pull(ctx); err != nil {
		return nil, err
	}
	server, err := c.engine.RunRedis(ctx, c.image)
	if err != nil {
		return nil, err
	}
	return &redisHost{
		addr:    server.Addr(container.RedisPort),
		numbers: newNumbered(1, databasesPerServer-1),
		server:  server,
		end:     server.Close,
	}, nil
}

func (c containers) rabbit(ctx context.Context) (*rabbitHost, error) {
	if err := c.pull(ctx); err != nil {
		return nil, err
	}
	broker, err := c.engine.RunRabbitMQ(ctx, c.image)
	if err != nil {
		return nil, err
	}
	addr := broker.Addr(container.AMQPPort)
	return &rabbitHost{
		addr:       addr,
		admin:      fmt.Sprintf("amqp://%s:%s@%s/", broker.User, broker.Password, addr),
		management: fmt.Sprintf("http://%s:%s@%s", broker.User, broker.Password, broker.Addr(container.ManagementPort)),
		server:     broker,
		end:        broker.Close,
	}, nil
}
