// Package embedded runs servers inside this process: miniredis for Redis, and an in-process broker for RabbitMQ.
// They need nothing installed and start in about a millisecond. Each belongs to one check, so each may be restarted
// and killed; a killed server's port refuses connections, as a real one's does.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/alicebob/miniredis/v2"

	"scalelab/pkg/services/port"
)

// Redis is a miniredis on a loopback port of its own, whose TTLs follow the clock as a real server's do.
type Redis struct {
	slot *port.Reservation

	mu     sync.Mutex
	server *miniredis.Miniredis // nil while killed
}

// StartRedis starts an empty server.
func StartRedis(ctx context.Context) (*Redis, error) {
	slot, err := port.Reserve()
	if err != nil {
		return nil, fmt.Errorf("embedded redis: %w", err)
	}
	r := &Redis{slot: slot}
	if err := r.Start(ctx); err != nil {
		return nil, errors.Join(err, slot.Close())
	}
	return r, nil
}

// Addr is host:port; it stays the same over restarts.
func (r *Redis) Addr() string { return r.slot.Addr() }

// Start starts the server after Kill; it is empty.
func (r *Redis) Start(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		return nil
	}
	// A new one each time: a closed miniredis stays deaf to blocking commands when restarted.
	server := miniredis.NewMiniRedis()
	server.ClockTTL(true)
	if err := server.StartAddr(r.slot.Addr()); err != nil {
		return fmt.Errorf("embedded redis: %w", err)
	}
	r.server = server
	return nil
}

// Kill ends the server and its connections; nothing is kept.
func (r *Redis) Kill(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		r.server.Close()
		r.server = nil
	}
	return nil
}

// Restart keeps nothing, as a Redis without persistence.
func (r *Redis) Restart(ctx context.Context) error {
	return errors.Join(r.Kill(ctx), r.Start(ctx))
}

// Running says whether the server answers.
func (r *Redis) Running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.server != nil
}

// Close ends the server and gives its port back.
func (r *Redis) Close() error {
	return errors.Join(r.Kill(context.Background()), r.slot.Close())
}
