package minirabbit

import (
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// message is what a publisher sent. It is shared by the queues it was routed to and never changed.
type message struct {
	id         uint64
	exchange   string
	routingKey string
	keys       []string // the routing key, then those of the CC and BCC headers
	props      wire.Properties
	body       []byte
}

func (m *message) persistent() bool { return m.props.DeliveryMode == 2 }

// entry is a message in one queue.
type entry struct {
	*message
	seq         uint64 // its position: requeueing a classic queue's message restores the order of seq
	redelivered bool
	returns     int       // how often a delivery came back; a quorum queue tells as x-delivery-count
	expires     time.Time // zero: never
	synced      bool      // a crash does not lose it
	arriving    bool      // not offered to the consumers yet: even a TTL of 0 lets it be delivered once
}

// outProperties are the properties as a consumer sees them. A quorum queue tells how often the message came back; at
// first it tells a get that asks (got) of the nought, and does not mention it to a consumer.
func (e *entry) outProperties(q *queue, got bool) *wire.Properties {
	if q.kind != Quorum || e.returns == 0 && !got {
		return &e.props
	}
	p := e.props
	headers := p.Headers.Clone()
	headers["x-delivery-count"] = int64(e.returns)
	p.SetHeaders(headers)
	return &p
}

// headerKeys are the routing keys of the CC and BCC headers, RabbitMQ's sender-selected distribution.
func headerKeys(headers wire.Table) ([]string, *wire.Error) {
	var keys []string
	for _, name := range []string{"CC", "BCC"} {
		value, ok := headers[name]
		if !ok {
			continue
		}
		array, ok := value.([]any)
		if !ok {
			return nil, wire.Errorf(wire.PreconditionFailed, "invalid message: {unacceptable_type_in_header,\"%s\",%s}", name, typeName(value))
		}
		for _, v := range array {
			if key, ok := v.(string); ok {
				keys = append(keys, key)
			}
		}
	}
	return keys, nil
}

// newMessage takes a publish as it arrived. The BCC header is removed, as its meaning demands.
func (b *Broker) newMessage(exchange, routingKey string, props wire.Properties, body []byte) (*message, *wire.Error) {
	keys, err := headerKeys(props.Headers)
	if err != nil {
		return nil, err
	}
	if _, ok := props.Headers["BCC"]; ok {
		headers := props.Headers.Clone()
		delete(headers, "BCC")
		props.SetHeaders(headers)
	}
	b.messageSeq++
	return &message{id: b.messageSeq, exchange: exchange, routingKey: routingKey,
		keys: append([]string{routingKey}, keys...), props: props, body: body}, nil
}
