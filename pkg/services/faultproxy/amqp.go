package faultproxy

import (
	"context"
	"fmt"
	"time"

	"scalelab/pkg/minirabbit"
	"scalelab/pkg/services/faults"
)

// AMQP is the faults of a view of RabbitMQ. Behind the proxy that moves bytes stands one that understands frames, so
// that single publishes and confirms can be struck, whichever broker it is:
//
//	client ──▶ Addr() ─▶ Proxy: bytes ─▶ minirabbit.Proxy: frames ─▶ broker
//
// A connection that is cut in front ends behind as well, once what had passed the front is with the broker.
type AMQP struct {
	*Faults
	frames *minirabbit.Proxy
}

var _ faults.AMQP = (*AMQP)(nil)

// StartAMQP is Start before the broker at addr, joined with the broker itself; server is nil if the view shares it.
func StartAMQP(addr string, server Server) (*AMQP, error) {
	frames, err := minirabbit.NewProxy(addr, nil)
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	proxy, err := Start(frames.Addr())
	if err != nil {
		frames.Close()
		return nil, err
	}
	return &AMQP{Faults: Of(proxy, server), frames: frames}, nil
}

// Heal undoes Stall, Mute and Down, sends the confirms that are held back, and forgets what has not struck.
func (a *AMQP) Heal(ctx context.Context) error {
	a.frames.Heal()
	return a.Faults.Heal(ctx)
}

// LoseConfirm drops the n-th answer to a publish.
func (a *AMQP) LoseConfirm(_ context.Context, n int) error {
	return faults.Plan(n, func() { a.frames.LoseConfirm(n) })
}

// DelayConfirm holds the n-th answer to a publish back for d.
func (a *AMQP) DelayConfirm(_ context.Context, n int, d time.Duration) error {
	return faults.Plan(n, func() { a.frames.DelayConfirm(n, d) })
}

// CutBeforePublish closes the connection in place of the n-th publish.
func (a *AMQP) CutBeforePublish(_ context.Context, n int) error {
	return faults.Plan(n, func() { a.frames.CutBeforePublish(n) })
}

// CutAfterPublish closes the connection once the n-th publish is stored.
func (a *AMQP) CutAfterPublish(_ context.Context, n int) error {
	return faults.Plan(n, func() { a.frames.CutAfterPublish(n) })
}

// Blocked is why the broker has refused to take publishes through the proxy at some time, in its own words ("low on
// memory"); empty if it has not.
func (a *AMQP) Blocked() string { return a.frames.Blocked() }

// Close ends every connection and gives the port back.
func (a *AMQP) Close() error {
	err := a.Proxy.Close()
	a.frames.Close()
	return err
}
