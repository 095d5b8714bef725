package minirabbit

import "time"

// EventKind says what happened to a message or a connection.
type EventKind string

// The kinds of events. Each line names the fields that it fills beside Seq, Time and VHost.
const (
	Connected    EventKind = "connected"     // Connection
	Disconnected EventKind = "disconnected"  // Connection, Reason
	Published    EventKind = "published"     // message, Connection, Channel, Tag (0 without confirms)
	Routed       EventKind = "routed"        // message, Queue
	Unroutable   EventKind = "unroutable"    // message: no queue, not mandatory, gone
	Returned     EventKind = "returned"      // message, Connection, Channel
	Confirmed    EventKind = "confirmed"     // Connection, Channel, Tag
	Nacked       EventKind = "nacked"        // Connection, Channel, Tag: the broker refused the message
	Delivered    EventKind = "delivered"     // message, Queue, Connection, Channel, Consumer (empty for a get), Tag, Redelivered
	Acked        EventKind = "acked"         // message, Queue, Connection, Channel, Tag
	Rejected     EventKind = "rejected"      // message, Queue, Connection, Channel, Tag: without requeue
	Requeued     EventKind = "requeued"      // message, Queue
	DeadLettered EventKind = "dead-lettered" // message, Queue (it left), Reason
	Discarded    EventKind = "discarded"     // message, Queue, Reason: left the queue for nowhere
)

// Event is one thing that happened in the broker. "Message" fields are Message, MessageID, Exchange, RoutingKey, Body.
type Event struct {
	Seq   uint64 // 1, 2, 3 … over the life of the broker
	Time  time.Time
	Kind  EventKind
	VHost string

	Message    uint64 // the broker's own number; a dead-lettered message keeps it
	MessageID  string // the property set by the publisher
	Exchange   string
	RoutingKey string
	Body       []byte // shared, read only

	Queue       string
	Connection  string // the client's connection_name, or its address
	Channel     uint16
	Consumer    string
	Tag         uint64
	Redelivered bool
	Reason      string
}

// about starts an event with what identifies the message.
func (m *message) about(kind EventKind) Event {
	return Event{Kind: kind, Message: m.id, MessageID: m.props.MessageID, Exchange: m.exchange,
		RoutingKey: m.routingKey, Body: m.body}
}
