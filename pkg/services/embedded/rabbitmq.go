package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	"scalelab/pkg/minirabbit"
	"scalelab/pkg/services/port"
)

// The virtual host and its user, as a server that is shared would give them to one check.
const (
	vhostName = "scalelab"
	userName  = "scalelab"
	password  = "scalelab"
)

// RabbitMQ is a minirabbit broker on a loopback port of its own.
type RabbitMQ struct {
	slot   *port.Reservation
	broker *minirabbit.Broker
	vhost  *minirabbit.VHost
	killed atomic.Bool
}

// StartRabbitMQ starts an empty broker.
func StartRabbitMQ(context.Context) (*RabbitMQ, error) {
	slot, err := port.Reserve()
	if err != nil {
		return nil, fmt.Errorf("embedded rabbitmq: %w", err)
	}
	broker, err := minirabbit.Start(minirabbit.Options{Addr: slot.Addr()})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("embedded rabbitmq: %w", err), slot.Close())
	}
	r := &RabbitMQ{slot: slot, broker: broker, vhost: broker.AddVHost(vhostName)}
	broker.AddUser(userName, password)
	if err := broker.SetPermissions(vhostName, userName, minirabbit.AllPermissions); err != nil {
		return nil, errors.Join(fmt.Errorf("embedded rabbitmq: %w", err), r.Close())
	}
	return r, nil
}

// Addr is host:port; it stays the same over restarts.
func (r *RabbitMQ) Addr() string { return r.slot.Addr() }

// URL reaches the virtual host through addr: the broker's own, or a proxy's.
func (r *RabbitMQ) URL(addr string) string {
	u := url.URL{Scheme: "amqp", User: url.UserPassword(userName, password), Host: addr, Path: "/" + vhostName}
	return u.String()
}

// SetPolicy does what PUT /api/policies/<vhost>/<name> does.
func (r *RabbitMQ) SetPolicy(_ context.Context, name, pattern string, definition map[string]any) error {
	if err := r.vhost.SetPolicy(name, pattern, definition); err != nil {
		return fmt.Errorf("set policy %s: %w", name, err)
	}
	return nil
}

// Restart keeps durable queues and their persistent messages.
func (r *RabbitMQ) Restart(context.Context) error {
	if err := r.broker.Restart(); err != nil {
		return fmt.Errorf("embedded rabbitmq: %w", err)
	}
	r.killed.Store(false)
	return nil
}

// Kill loses what a crash would lose.
func (r *RabbitMQ) Kill(context.Context) error {
	r.killed.Store(true)
	r.broker.Kill()
	return nil
}

// Start starts the broker after Kill.
func (r *RabbitMQ) Start(context.Context) error {
	if err := r.broker.Resume(); err != nil {
		return fmt.Errorf("embedded rabbitmq: %w", err)
	}
	r.killed.Store(false)
	return nil
}

// Running says whether the broker answers.
func (r *RabbitMQ) Running() bool { return !r.killed.Load() }

// Close ends the broker and gives its port back.
func (r *RabbitMQ) Close() error {
	r.broker.Close()
	return r.slot.Close()
}
