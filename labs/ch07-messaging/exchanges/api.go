// Package exchanges routes the purchase returns of a ski resort's shops through RabbitMQ.
//
// A producer never writes to a queue. It publishes to an exchange, and bindings decide which queues get a copy:
//
//	                     returns.direct  (direct)   key = CH               ─▶ refunds.direct    ─▶ refunds, 2 instances
//	Publish ─▶ one of ─▶ returns.topic   (topic)    key = return.CH.skis   ─▶ workshop.topic    ─▶ workshop
//	                     returns.audit   (fanout)   no key                 ─▶ ledger.fanout     ─▶ ledger
//
// A queue belongs to a service, not to a process: every service has its own and so gets its own copy of a message
// (publish–subscribe), and the instances of one service share it (competing consumers).
//
// This file is given. What you write is in exchanges.go; README.md is the contract.
package exchanges

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

// The exchanges of the shops. All are durable, not auto-deleted, not internal, and have no arguments.
const (
	DirectExchange = "returns.direct" // type direct, routing key: the country
	TopicExchange  = "returns.topic"  // type topic, routing key: return.<country>.<category>
	AuditExchange  = "returns.audit"  // type fanout, the routing key does not matter
)

// Kind says by which of the three exchanges a message travels. Its value is the exchange's type in AMQP.
type Kind string

// The kinds.
const (
	Direct Kind = "direct"
	Topic  Kind = "topic"
	Fanout Kind = "fanout"
)

// Exchange is the name of the kind's exchange; empty for an unknown kind.
func (k Kind) Exchange() string {
	return map[Kind]string{Direct: DirectExchange, Topic: TopicExchange, Fanout: AuditExchange}[k]
}

// Route tells where one message goes: one exchange, one routing key.
type Route struct {
	Kind     Kind
	Country  string // such as CH; required by Direct and Topic
	Category string // such as skis; required by Topic
}

// Validate returns an ErrInvalid that says what is wrong with the route, or nil.
func (r Route) Validate() error {
	switch {
	case r.Kind.Exchange() == "":
		return fmt.Errorf("%w: unknown kind %q", ErrInvalid, r.Kind)
	case strings.ContainsAny(r.Country+r.Category, ".*#"):
		return fmt.Errorf("%w: one of . * # in %q or %q", ErrInvalid, r.Country, r.Category)
	case r.Country == "" && r.Kind != Fanout:
		return fmt.Errorf("%w: %s needs a country", ErrInvalid, r.Kind)
	case r.Category == "" && r.Kind == Topic:
		return fmt.Errorf("%w: topic needs a category", ErrInvalid)
	}
	return nil
}

// Event is one purchase return. Its JSON, as encoding/json writes it, is the body of a message.
type Event struct {
	Purchase string `json:"purchase"` // the purchase that is returned
	Skier    string `json:"skier"`
	Item     string `json:"item"`
	Cents    int    `json:"cents"` // to be refunded
}

// Key selects messages of a subscription by country, by category or by both. An empty field of a Topic key stands for
// exactly one word, whichever; Direct needs the country and does not look at the category.
type Key struct {
	Country  string
	Category string
}

// Subscription tells what a service wants to receive.
type Subscription struct {
	Service string // the instances of one service use the same name
	Kind    Kind
	Keys    []Key // at least one for Direct and Topic; Fanout does not look at them
}

// Queue is the name of the queue that all instances of the service share for this kind.
func (s Subscription) Queue() string { return s.Service + "." + string(s.Kind) }

// Validate returns an ErrInvalid that says what is wrong with the subscription, or nil.
func (s Subscription) Validate() error {
	switch {
	case s.Kind.Exchange() == "":
		return fmt.Errorf("%w: unknown kind %q", ErrInvalid, s.Kind)
	case s.Service == "":
		return fmt.Errorf("%w: the service has no name", ErrInvalid)
	case len(s.Keys) == 0 && s.Kind != Fanout:
		return fmt.Errorf("%w: %s needs a key", ErrInvalid, s.Kind)
	}
	for _, k := range s.Keys {
		if strings.ContainsAny(k.Country+k.Category, ".*#") {
			return fmt.Errorf("%w: one of . * # in %q or %q", ErrInvalid, k.Country, k.Category)
		}
		if k.Country == "" && s.Kind == Direct {
			return fmt.Errorf("%w: a key of direct needs a country", ErrInvalid)
		}
	}
	return nil
}

// Handler handles one event. nil means done; an error means that the message must be delivered again. ctx ends when the
// subscription is asked to stop.
type Handler func(ctx context.Context, event Event) error

// What Publish and Subscribe return; it may be wrapped, so match it with errors.Is.
var (
	ErrInvalid    = errors.New("invalid route or subscription")
	ErrUnroutable = errors.New("no queue is bound for the message") // returned, then acked: it is lost
	ErrNacked     = errors.New("the broker refused the message")    // nacked: it is not stored
	ErrUnknown    = errors.New("no answer from the broker")         // stored or not, nobody can tell
)

// NewID returns a fresh identifier, fit for a message's MessageId.
func NewID() string { return rand.Text() }
