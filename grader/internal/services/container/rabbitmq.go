package container

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/rabbitmq"

	"scalelab/grader/internal/services/rabbit"
)

// RabbitMQ's ports inside the container.
const (
	AMQPPort       = rabbitmq.DefaultAMQPPort
	ManagementPort = rabbitmq.DefaultHTTPPort
)

// RabbitMQ is a broker in a container, with its administrator.
type RabbitMQ struct {
	*Container
	User, Password string
}

// RunRabbitMQ starts a broker with the management plugin.
//
// The module's own Run would write the administrator's password to a file with a fixed name in the folder for
// temporary files, where two users of one machine meet; so the configuration is handed over in memory.
func (e *Engine) RunRabbitMQ(ctx context.Context, image string) (*RabbitMQ, error) {
	r := &RabbitMQ{User: "scalelab", Password: rand.Text()}
	config := fmt.Sprintf("loopback_users = none\ndefault_user = %s\ndefault_pass = %s\n", r.User, r.Password)
	c, err := e.Run(ctx, Spec{
		Image: image,
		Ports: []string{AMQPPort, ManagementPort},
		With: []testcontainers.ContainerCustomizer{
			testcontainers.WithEnv(map[string]string{
				"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
			}),
			testcontainers.WithFiles(testcontainers.ContainerFile{
				Reader: strings.NewReader(config), ContainerFilePath: "/etc/rabbitmq/conf.d/90-scalelab.conf", FileMode: 0o644,
			}),
		},
		Launch: testcontainers.Run,
		Ready:  r.ready,
	})
	if err != nil {
		return nil, err
	}
	r.Container = c
	return r, nil
}

// ready is nil once both AMQP and the management API let the administrator in.
func (r *RabbitMQ) ready(ctx context.Context, addr func(string) string) error {
	if err := rabbit.Answers(ctx, fmt.Sprintf("amqp://%s:%s@%s/", r.User, r.Password, addr(AMQPPort))); err != nil {
		return err
	}
	api, err := rabbit.NewAPI(fmt.Sprintf("http://%s:%s@%s", r.User, r.Password, addr(ManagementPort)))
	if err != nil {
		return err
	}
	defer api.Close()
	_, err = api.Version(ctx)
	return err
}

// Flush writes down what has been declared; see rabbit.Flush. The script finds rabbitmqctl where Debian and where the public image have it.
func (r *RabbitMQ) Flush(ctx context.Context) error {
	const script = `PATH=/usr/lib/rabbitmq/bin:/opt/rabbitmq/sbin:$PATH exec rabbitmqctl "$@"`
	status, said, err := r.inner.Exec(ctx, append([]string{"sh", "-c", script, "rabbitmqctl"}, rabbit.Flush...))
	if err != nil {
		return fmt.Errorf("rabbitmq: flush: %w", err)
	}
	if text, _ := io.ReadAll(said); status != 0 {
		return fmt.Errorf("rabbitmq: flush: exit status %d: %s", status, text)
	}
	return nil
}
