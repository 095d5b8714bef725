package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"scalelab/grader/internal/services/owner"
	"scalelab/pkg/services/port"
)

// redisPatience bounds the start of a redis-server, which takes milliseconds, on a machine that is very busy.
const redisPatience = 20 * time.Second

// FindRedis returns the path of redis-server.
func FindRedis() (string, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", errors.New("redis-server is not installed (on Debian: apt-get install redis-server)")
	}
	return path, nil
}

// Redis is a redis-server of our own that persists nothing.
type Redis struct {
	program string
	folder  *owner.Folder
	dir     string
	slot    *port.Reservation

	mu     sync.Mutex
	server *child
}

// StartRedis returns when the server answers.
func StartRedis(ctx context.Context, folder *owner.Folder) (*Redis, error) {
	program, err := FindRedis()
	if err != nil {
		return nil, err
	}
	slot, err := port.Reserve()
	if err != nil {
		return nil, err
	}
	dir, err := folder.Sub("redis-")
	if err != nil {
		return nil, errors.Join(err, slot.Close())
	}
	r := &Redis{program: program, folder: folder, dir: dir, slot: slot}
	if err := r.Start(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Addr is host:port, the same over restarts.
func (r *Redis) Addr() string { return r.slot.Addr() }

// Start starts the server, empty, unless it runs.
func (r *Redis) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil && r.server.running() {
		return nil
	}
	cmd := exec.Command(r.program, "--port", strconv.Itoa(r.slot.Number()), "--bind", "127.0.0.1",
		"--dir", r.dir, "--save", "", "--appendonly", "no", "--databases", "16")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	server, err := spawn(r.folder, r.dir, cmd)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	if err := server.await(ctx, r.answers); err != nil {
		server.kill()
		return fmt.Errorf("redis: %w", err)
	}
	r.server = server
	return nil
}

// answers is nil once the server says PONG. Spoken by hand: a client would log every attempt.
func (r *Redis) answers(context.Context) error {
	conn, err := net.DialTimeout("tcp", r.Addr(), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	pong := make([]byte, len("+PONG\r\n"))
	if _, err := io.ReadFull(conn, pong); err != nil {
		return err
	}
	if string(pong) != "+PONG\r\n" {
		return fmt.Errorf("PING is answered by %q", pong)
	}
	return nil
}

// Kill ends the server at once.
func (r *Redis) Kill(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		r.server.kill()
	}
	return nil
}

// Restart keeps nothing: the server persists nothing.
func (r *Redis) Restart(ctx context.Context) error {
	return errors.Join(r.Kill(ctx), r.Start(ctx))
}

// Close ends the server and removes its folder.
func (r *Redis) Close() error {
	return errors.Join(r.Kill(context.Background()), os.RemoveAll(r.dir), r.slot.Close())
}

// Running reports whether the server's process lives.
func (r *Redis) Running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.server != nil && r.server.running()
}
