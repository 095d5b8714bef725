package safeconsume_test

import (
	"context"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/check/messaging"
	"scalelab/pkg/minirabbit"
)

// dial is what the subject calls: the check decides what comes of it, and overhears the connection.
func (r *rig) dial(ctx context.Context) (*amqp.Connection, error) {
	r.carried(ctx, "dial")
	if err := r.report(ctx, "dial", ctx.Done()); err != nil {
		return nil, err
	}
	conn, err := messaging.Connect(r.URL, 0, func(wire net.Conn) net.Conn { return minirabbit.Overhear(wire, r.countAck, nil) })
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.conns = append(r.conns, conn)
	}
	return conn, err
}

func (r *rig) countAck(class, method uint16) {
	if class != messaging.ClassBasic || method != messaging.MethodAck {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks++
}

func (r *rig) acked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acks
}

// conn is the subject's newest connection.
func (r *rig) conn() *amqp.Connection {
	r.T.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NotEmpty(r.T, r.conns, "connections that the consumer has dialled")
	return r.conns[len(r.conns)-1]
}
