package minirabbit

import (
	"fmt"

	"scalelab/pkg/minirabbit/internal/wire"
)

// queueNamed finds the queue of a method; an empty name is the queue that the channel declared last.
func (ch *channel) queueNamed(name string) (*queue, *wire.Error) {
	if name == "" {
		if name = ch.lastQueue; name == "" {
			return nil, wire.Errorf(wire.NotFound, "no previously declared queue")
		}
	}
	return ch.vhost().queue(name, ch.conn)
}

func (ch *channel) queueFor(name string, a access) (*queue, *wire.Error) {
	if name == "" {
		name = ch.lastQueue
	}
	if name != "" {
		if err := ch.conn.may(a, "queue", name); err != nil {
			return nil, err
		}
	}
	return ch.queueNamed(name)
}

func (ch *channel) queueDeclare(m *wire.QueueDeclare) *wire.Error {
	v := ch.vhost()
	if m.Passive {
		q, err := ch.queueNamed(m.Queue)
		if err != nil {
			return err
		}
		return ch.declared(q, m.NoWait)
	}
	if m.Queue == "" {
		ch.conn.broker.names++
		m.Queue = fmt.Sprintf("amq.gen-%d", ch.conn.broker.names)
	} else if _, exists := v.queues[m.Queue]; !exists && reserved(m.Queue) {
		return wire.Errorf(wire.AccessRefused, "queue name '%s' contains reserved prefix 'amq.*'", m.Queue)
	}
	if err := ch.conn.may(configure, "queue", m.Queue); err != nil {
		return err
	}
	if q, ok := v.queues[m.Queue]; ok {
		if err := q.equivalent(m, ch.conn); err != nil {
			return err
		}
		return ch.declared(q, m.NoWait)
	}
	q, err := ch.createQueue(m)
	if err != nil {
		return err
	}
	return ch.declared(q, m.NoWait)
}

func (ch *channel) createQueue(m *wire.QueueDeclare) (*queue, *wire.Error) {
	v := ch.vhost()
	kind, err := queueType(m, v)
	if err != nil {
		return nil, err
	}
	if _, bad := newSettings(m.Arguments, nil, kind); bad != nil {
		return nil, bad.refusal(m.Queue, v)
	}
	if err := unsupportedArgument(m, v, kind); err != nil {
		return nil, err
	}
	if _, ok := m.Arguments["x-max-priority"]; ok {
		return nil, wire.Errorf(wire.NotImplemented, "x-max-priority: priority queues are beyond minirabbit")
	}
	if on, _ := m.Arguments["x-single-active-consumer"].(bool); on {
		return nil, wire.Errorf(wire.NotImplemented, "x-single-active-consumer is beyond minirabbit")
	}
	if dlx, ok := m.Arguments["x-dead-letter-exchange"].(string); ok {
		if err := ch.conn.may(read, "queue", m.Queue); err != nil {
			return nil, err
		}
		if err := ch.conn.may(write, "exchange", dlx); err != nil {
			return nil, err
		}
	}
	q := newQueue(v, m, kind)
	if m.Exclusive {
		q.exclusive = ch.conn
	}
	v.queues[q.name] = q
	q.configure()
	return q, nil
}

func (ch *channel) declared(q *queue, noWait bool) *wire.Error {
	ch.lastQueue = q.name
	q.startUnusedTimer()
	return ch.answer(noWait, &wire.QueueDeclareOk{Queue: q.name, MessageCount: uint32(q.ready()),
		ConsumerCount: uint32(len(q.consumers))})
}

// equivalent refuses a second declare that asks for another queue than the first.
func (q *queue) equivalent(m *wire.QueueDeclare, c *conn) *wire.Error {
	if err := q.accessibleTo(c); err != nil {
		return err
	}
	if m.Exclusive != (q.exclusive != nil) {
		return q.lockedMismatch()
	}
	for _, flag := range []struct {
		name           string
		asked, present bool
	}{{"durable", m.Durable, q.durable}, {"auto_delete", m.AutoDelete, q.autoDelete}} {
		if flag.asked != flag.present {
			return inequivalent(flag.name, "queue", q.name, q.vhost, fmt.Sprintf("'%t'", flag.asked), fmt.Sprintf("'%t'", flag.present))
		}
	}
	return equivalentArgs("queue", q.name, q.vhost, queueArgs, m.Arguments, q.args)
}

func (q *queue) lockedMismatch() *wire.Error {
	return wire.Errorf(wire.ResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '%s'. "+
		"It could be originally declared on another connection or the exclusive property value does not match that "+
		"of the original declaration.", q.name, q.vhost.name)
}

func inequivalent(arg, kind, name string, v *VHost, asked, present string) *wire.Error {
	return wire.Errorf(wire.PreconditionFailed, "inequivalent arg '%s' for %s '%s' in vhost '%s': received %s but current is %s",
		arg, kind, name, v.name, asked, present)
}

// queueArgs are the arguments in which two declares of a queue must agree.
var queueArgs = []string{"x-dead-letter-exchange", "x-dead-letter-routing-key", "x-delivery-limit", "x-expires",
	"x-max-length", "x-max-length-bytes", "x-message-ttl", "x-overflow", "x-queue-mode", "x-queue-type"}

func equivalentArgs(kind, name string, v *VHost, names []string, asked, present Table) *wire.Error {
	for _, arg := range names {
		a, hasA := asked[arg]
		p, hasP := present[arg]
		if arg == "x-queue-type" && (a == nil || a == string(Classic)) && (p == nil || p == string(Classic)) {
			continue // classic is what a queue is without the argument
		}
		if hasA != hasP || hasA && !equalValues(a, p) {
			if hasA && hasP {
				return inequivalent(arg, kind, name, v, fmt.Sprintf("'%v'", a), fmt.Sprintf("'%v'", p))
			}
			return inequivalent(arg, kind, name, v, describe(a, hasA), describe(p, hasP))
		}
	}
	return nil
}

func describe(value any, given bool) string {
	if !given {
		return "none"
	}
	return fmt.Sprintf("the value '%v' of type '%s'", value, typeName(value))
}

// typeName is what RabbitMQ calls the type of a field.
func typeName(value any) string {
	name, ok := map[string]string{"string": "longstr", "bool": "bool", "int8": "byte", "int16": "short", "int32": "signedint",
		"int64": "long", "uint8": "unsignedbyte", "uint16": "unsignedshort", "uint32": "unsignedint", "float32": "float",
		"float64": "double", "[]uint8": "binary", "[]interface {}": "array", "wire.Table": "table",
		"wire.Timestamp": "timestamp", "wire.Decimal": "decimal"}[fmt.Sprintf("%T", value)]
	if !ok {
		return "void"
	}
	return name
}

func (ch *channel) queueBind(m *wire.QueueBind) *wire.Error {
	q, x, err := ch.bindingEnds(m.Queue, m.Exchange)
	if err != nil {
		return err
	}
	key := m.RoutingKey
	if key == "" && m.Queue == "" {
		key = q.name
	}
	if err := x.bind(&binding{queue: q, key: key, args: m.Arguments}); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.QueueBindOk{})
}

func (ch *channel) queueUnbind(m *wire.QueueUnbind) *wire.Error {
	q, x, err := ch.bindingEnds(m.Queue, m.Exchange)
	if err != nil && err.Code == wire.NotFound {
		return ch.answer(false, &wire.QueueUnbindOk{}) // as in RabbitMQ: unbinding what is not there is no error
	}
	if err != nil {
		return err
	}
	x.unbind((&binding{queue: q, key: m.RoutingKey, args: m.Arguments}).same)
	return ch.answer(false, &wire.QueueUnbindOk{})
}

func (ch *channel) bindingEnds(queueName, exchangeName string) (*queue, *exchange, *wire.Error) {
	q, err := ch.queueFor(queueName, write)
	if err != nil {
		return nil, nil, err
	}
	if exchangeName == "" {
		return nil, nil, errDefaultExchange()
	}
	if err := ch.conn.may(read, "exchange", exchangeName); err != nil {
		return nil, nil, err
	}
	x, err := ch.vhost().exchange(exchangeName)
	return q, x, err
}

func (ch *channel) queuePurge(m *wire.QueuePurge) *wire.Error {
	q, err := ch.queueFor(m.Queue, read)
	if err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.QueuePurgeOk{MessageCount: uint32(q.purge())})
}

// queueDelete of a queue that is not there answers ok, as RabbitMQ does.
func (ch *channel) queueDelete(m *wire.QueueDelete) *wire.Error {
	q, err := ch.queueFor(m.Queue, configure)
	if err != nil && err.Code == wire.NotFound {
		return ch.answer(m.NoWait, &wire.QueueDeleteOk{})
	}
	switch {
	case err != nil:
		return err
	case m.IfUnused && len(q.consumers) > 0:
		return wire.Errorf(wire.PreconditionFailed, "queue '%s' in vhost '%s' in use", q.name, ch.vhost().name)
	case m.IfEmpty && q.ready() > 0:
		return wire.Errorf(wire.PreconditionFailed, "queue '%s' in vhost '%s' not empty", q.name, ch.vhost().name)
	}
	n := q.ready()
	q.remove()
	return ch.answer(m.NoWait, &wire.QueueDeleteOk{MessageCount: uint32(n)})
}

// exclusiveQueues are the connection's own, in the order of their names.
func (c *conn) exclusiveQueues() []*queue {
	var owned []*queue
	for _, q := range byName(c.vhost.queues) {
		if q.exclusive == c {
			owned = append(owned, q)
		}
	}
	return owned
}
