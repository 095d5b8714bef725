package minirabbit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// QueueInfo is what can be seen of a queue without touching it.
type QueueInfo struct {
	Name                           string
	Type                           QueueType
	Durable, AutoDelete, Exclusive bool
	Arguments                      Table
	Ready, Unacked, Consumers      int
	Policy                         string // the name of the one that rules; empty: none
}

// MessageInfo is a message in a queue.
type MessageInfo struct {
	Exchange, RoutingKey string
	MessageID            string
	Headers              Table
	Persistent           bool
	Body                 []byte // shared, read only
	Redelivered          bool
	DeliveryCount        int // how often a delivery came back
	Unacked              bool
	Expires              time.Time // zero: never
}

// BindingInfo ties a source exchange to a queue or an exchange.
type BindingInfo struct {
	Source, Destination, Key string
	ToExchange               bool
	Arguments                Table
}

// ConnectionInfo is an open connection.
type ConnectionInfo struct {
	Name, User, VHost string
	Channels          int
	Blocked           bool
}

// Queues are the virtual host's, by name.
func (v *VHost) Queues() []QueueInfo {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	var infos []QueueInfo
	for _, q := range byName(v.queues) {
		infos = append(infos, q.info())
	}
	return infos
}

// Queue finds one queue.
func (v *VHost) Queue(name string) (QueueInfo, bool) {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	q, ok := v.queues[name]
	if !ok {
		return QueueInfo{}, false
	}
	return q.info(), true
}

func (q *queue) info() QueueInfo {
	info := QueueInfo{Name: q.name, Type: q.kind, Durable: q.durable, AutoDelete: q.autoDelete, Exclusive: q.exclusive != nil,
		Arguments: q.args.Clone(), Ready: q.ready(), Unacked: len(q.unacked), Consumers: len(q.consumers)}
	if p := q.vhost.policyFor(q.name, "queues"); p != nil {
		info.Policy = p.name
	}
	return info
}

// WaitQueue returns as soon as the queue is as wanted; a queue that is not there is shown as the zero QueueInfo.
// Error: the context's, with the queue's last state.
func (v *VHost) WaitQueue(ctx context.Context, name string, wanted func(QueueInfo) bool) (QueueInfo, error) {
	for {
		v.broker.mu.Lock()
		changed := v.broker.changed
		v.broker.mu.Unlock()
		info, _ := v.Queue(name)
		if wanted(info) {
			return info, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return info, fmt.Errorf("queue %s, %d ready, %d unacked: %w", name, info.Ready, info.Unacked, ctx.Err())
		}
	}
}

// Messages are those of a queue: the unacknowledged ones in the order of their arrival, then the ready ones in the
// order in which they will be delivered. Error: no such queue.
func (v *VHost) Messages(queue string) ([]MessageInfo, error) {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	q, ok := v.queues[queue]
	if !ok {
		return nil, fmt.Errorf("messages of %q: no such queue", queue)
	}
	var infos []MessageInfo
	held := slices.SortedFunc(maps.Keys(q.unacked), func(a, b *entry) int { return int(a.seq) - int(b.seq) })
	for _, e := range held {
		infos = append(infos, e.info(true))
	}
	for _, list := range [][]*entry{q.returned, q.fresh} {
		for _, e := range list {
			infos = append(infos, e.info(false))
		}
	}
	return infos, nil
}

func (e *entry) info(unacked bool) MessageInfo {
	return MessageInfo{Exchange: e.exchange, RoutingKey: e.routingKey, MessageID: e.props.MessageID,
		Headers: e.props.Headers.Clone(), Persistent: e.persistent(), Body: e.body, Redelivered: e.redelivered,
		DeliveryCount: e.returns, Unacked: unacked, Expires: e.expires}
}

// Bindings are the virtual host's, but for those of the default exchange, in the order of their creation per source.
func (v *VHost) Bindings() []BindingInfo {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	var infos []BindingInfo
	for _, x := range byName(v.exchanges) {
		for _, b := range x.bindings {
			infos = append(infos, BindingInfo{Source: x.name, Destination: b.destination(), Key: b.key,
				ToExchange: b.exchange != nil, Arguments: b.args.Clone()})
		}
	}
	return infos
}

// Connections are the open ones, in the order of their arrival.
func (b *Broker) Connections() []ConnectionInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	var infos []ConnectionInfo
	for _, c := range b.conns {
		if c.vhost != nil && !c.gone {
			infos = append(infos, ConnectionInfo{Name: c.name, User: c.user.name, VHost: c.vhost.name,
				Channels: len(c.channels), Blocked: c.blocked})
		}
	}
	return infos
}

// Publish puts a message into an exchange past the protocol, as a client with all rights would. Error: no such
// exchange. It reports to how many queues the message went.
func (v *VHost) Publish(exchange, routingKey string, headers Table, body []byte) (int, error) {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	x, err := v.exchange(exchange)
	if err != nil {
		return 0, err
	}
	p := wire.Properties{DeliveryMode: 2, Flags: wire.FlagDeliveryMode}
	if headers != nil {
		p.SetHeaders(headers)
	}
	m, err := v.broker.newMessage(exchange, routingKey, p, body)
	if err != nil {
		return 0, err
	}
	targets := x.routes(m.keys, m.props.Headers)
	for _, q := range targets {
		q.enqueue(m, true)
	}
	v.broker.settle()
	return len(targets), nil
}
