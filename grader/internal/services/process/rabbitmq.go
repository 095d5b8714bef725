package process

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/rabbit"
	"scalelab/pkg/services/port"
)

const (
	rabbitPatience = 3 * time.Minute  // a start takes 5 to 14 s; a minute on a machine that is very busy
	stopPatience   = 20 * time.Second // an orderly stop takes 6 s
)

// debianScript is the server's own script; the wrapper in /usr/sbin insists on the system user.
const debianScript = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// Programs are what a RabbitMQ node needs.
type Programs struct{ Server, EPMD string }

// FindRabbitMQ returns where the programs are.
func FindRabbitMQ() (Programs, error) {
	server := debianScript
	if _, err := os.Stat(server); err != nil {
		if server, err = exec.LookPath("rabbitmq-server"); err != nil {
			return Programs{}, errors.New("rabbitmq-server is not installed (on Debian: apt-get install rabbitmq-server)")
		}
	}
	epmd, err := exec.LookPath("epmd")
	if err != nil {
		return Programs{}, errors.New("epmd, which comes with Erlang, is not installed (on Debian: apt-get install erlang-base)")
	}
	return Programs{Server: server, EPMD: epmd}, nil
}

// RabbitMQ is a node of our own, with the management plugin; its data survives restarts and is gone after Close.
type RabbitMQ struct {
	Password string // of User

	name             string    // of the node, name@host
	cookie           string    // the secret by which nodes know each other
	first            *RabbitMQ // the node whose cluster this one joins; nil for the first
	programs         Programs
	folder           *owner.Folder
	dir              string
	amqp, http       *port.Reservation
	cluster, mapping *port.Reservation // Erlang distribution and epmd
	epmd             *child

	mu   sync.Mutex
	node *child
}

// User is the node's administrator.
const User = "scalelab"

// StartRabbitMQ returns when the node can be talked to.
func StartRabbitMQ(ctx context.Context, folder *owner.Folder) (*RabbitMQ, error) {
	programs, err := FindRabbitMQ()
	if err != nil {
		return nil, err
	}
	dir, err := folder.Sub("rabbitmq-")
	if err != nil {
		return nil, err
	}
	return start(ctx, &RabbitMQ{
		Password: rand.Text(), name: "scalelab@localhost", cookie: rand.Text(), programs: programs, folder: folder, dir: dir,
	})
}

// start takes what the node needs and starts it.
func start(ctx context.Context, r *RabbitMQ) (*RabbitMQ, error) {
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("rabbitmq: %w", err), r.Close())
	}
	if err := r.Start(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Addr is where AMQP is spoken, host:port, the same over restarts.
func (r *RabbitMQ) Addr() string { return r.amqp.Addr() }

// URL is where its administrator speaks AMQP.
func (r *RabbitMQ) URL() string { return fmt.Sprintf("amqp://%s:%s@%s/", User, r.Password, r.Addr()) }

// ManagementURL is the management API's, with the administrator's credentials.
func (r *RabbitMQ) ManagementURL() string {
	return fmt.Sprintf("http://%s:%s@%s", User, r.Password, r.http.Addr())
}

// prepare takes ports, writes the node's files and starts the port mapper.
func (r *RabbitMQ) prepare(ctx context.Context) error {
	slots := []**port.Reservation{&r.amqp, &r.http, &r.cluster}
	if r.first == nil {
		slots = append(slots, &r.mapping)
	}
	for _, slot := range slots {
		reserved, err := port.Reserve()
		if err != nil {
			return err
		}
		*slot = reserved
	}
	if err := r.writeFiles(); err != nil {
		return err
	}
	if r.first != nil {
		return nil // the nodes of a cluster share a port mapper
	}
	// Left to itself, the node would start a port mapper that outlives it.
	mapping := strconv.Itoa(r.mapping.Number())
	cmd := exec.Command(r.programs.EPMD, "-port", mapping, "-address", "127.0.0.1")
	cmd.Env = []string{"ERL_EPMD_PORT=" + mapping}
	epmd, err := spawn(r.folder, r.dir, cmd)
	if err != nil {
		return err
	}
	r.epmd = epmd
	return epmd.await(ctx, func(context.Context) error { return dial(r.mapping.Addr()) })
}

// Start starts the node unless it runs.
func (r *RabbitMQ) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.node != nil && r.node.running() {
		return nil
	}
	cmd := exec.Command(r.programs.Server)
	cmd.Env = r.environment()
	node, err := spawn(r.folder, r.dir, cmd)
	if err != nil {
		return fmt.Errorf("rabbitmq: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, rabbitPatience)
	defer cancel()
	if err := node.await(ctx, r.answers); err != nil {
		node.kill()
		return fmt.Errorf("rabbitmq: %w", err)
	}
	r.node = node
	return nil
}

// answers is nil once both AMQP and the management API do.
func (r *RabbitMQ) answers(context.Context) error {
	if err := dial(r.http.Addr()); err != nil {
		return err
	}
	conn, err := amqp.Dial(r.URL())
	if err != nil {
		return err
	}
	return conn.Close()
}

// Flush writes down what has been declared; see rabbit.Flush.
func (r *RabbitMQ) Flush(ctx context.Context) error {
	return r.Control(ctx, rabbit.Flush...)
}

// Control runs rabbitmqctl on the node.
func (r *RabbitMQ) Control(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(r.programs.Server), "rabbitmqctl"), args...)
	cmd.Env = append(r.environment(), "RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rabbitmqctl: %w: %s", err, said)
	}
	return nil
}

// Kill ends the node at once.
func (r *RabbitMQ) Kill(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.node != nil {
		r.node.kill()
	}
	return nil
}

// Restart stops the node in order and starts it; durable queues and persistent messages are kept.
func (r *RabbitMQ) Restart(ctx context.Context) error {
	r.stop(ctx)
	return r.Start(ctx)
}

// stop ends the node in order, which takes 6 s with the management plugin. Queues and messages are on disk long
// before, but nothing that the node shows says when.
func (r *RabbitMQ) stop(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	if r.node != nil {
		r.node.stop(ctx)
	}
}

// Close ends node and port mapper and removes all their files.
func (r *RabbitMQ) Close() error {
	ctx := context.Background()
	_ = r.Kill(ctx)
	if r.epmd != nil {
		r.epmd.kill()
	}
	err := os.RemoveAll(r.dir)
	for _, slot := range []*port.Reservation{r.amqp, r.http, r.cluster, r.mapping} {
		if slot != nil {
			err = errors.Join(err, slot.Close())
		}
	}
	return err
}

func (r *RabbitMQ) path(name string) string { return filepath.Join(r.dir, name) }

func dial(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}
