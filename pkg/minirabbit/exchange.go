package minirabbit

import (
	"maps"
	"slices"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Table is a table of arguments or headers; the values are those of AMQP: bool, int8 to int64, uint8 to uint32,
// float32, float64, string, []byte, Timestamp, Decimal, []any, Table and nil.
type Table = wire.Table

// Timestamp is a table's time, in seconds since 1970.
type Timestamp = wire.Timestamp

// Decimal is a table's decimal number.
type Decimal = wire.Decimal

// exchangeType is what makes a topic exchange a topic exchange.
type exchangeType interface {
	// matches tells whether a message with this key and these headers follows the binding.
	matches(b *binding, key string, headers Table) bool
	// validate refuses the arguments of a binding.
	validate(args Table) *wire.Error
}

// exchangeTypes is the registry; the default exchange is not among them, it is routed by name (defaultexchange.go).
var exchangeTypes = map[string]exchangeType{
	"direct":  directExchange{},
	"fanout":  fanoutExchange{},
	"topic":   topicExchange{},
	"headers": headersExchange{},
}

// predeclared are the exchanges of every virtual host.
var predeclared = map[string]string{
	"": "direct", "amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic",
	"amq.headers": "headers", "amq.match": "headers",
}

type exchange struct {
	vhost                         *VHost
	name, kind                    string
	durable, autoDelete, internal bool
	args                          Table
	bindings                      []*binding // those that start here
}

// binding ties a source exchange to a queue, or to an exchange.
type binding struct {
	source     *exchange
	queue      *queue
	exchange   *exchange
	key        string
	args       Table
	keyPattern []string // the key's words, for the topic exchange
}

func (b *binding) destination() string {
	if b.queue != nil {
		return b.queue.name
	}
	return b.exchange.name
}

func (b *binding) same(o *binding) bool {
	return b.queue == o.queue && b.exchange == o.exchange && b.key == o.key && equalTables(b.args, o.args)
}

func (b *binding) durable() bool {
	if !b.source.durable {
		return false
	}
	if b.queue != nil {
		return b.queue.durable
	}
	return b.exchange.durable
}

// bind adds the binding unless an equal one is there.
func (x *exchange) bind(b *binding) *wire.Error {
	if err := exchangeTypes[x.kind].validate(b.args); err != nil {
		return err
	}
	if slices.ContainsFunc(x.bindings, b.same) {
		return nil
	}
	b.source, b.keyPattern = x, words(b.key)
	x.bindings = append(x.bindings, b)
	return nil
}

// unbind removes the binding; one that is not there is no error. The last to go takes an auto-delete exchange along.
func (x *exchange) unbind(match func(*binding) bool) {
	before := len(x.bindings)
	x.bindings = slices.DeleteFunc(x.bindings, match)
	if len(x.bindings) < before && len(x.bindings) == 0 && x.autoDelete {
		x.vhost.removeExchange(x)
	}
}

// route adds to found, in order and once each, the queues that a message reaches from x.
func (x *exchange) route(keys []string, headers Table, seen map[*exchange]bool, found *[]*queue) {
	if seen[x] {
		return
	}
	seen[x] = true
	if x.name == "" {
		x.routeDefault(keys, found)
		return
	}
	kind, matched := exchangeTypes[x.kind], false
	for _, b := range x.bindings {
		if !slices.ContainsFunc(keys, func(key string) bool { return kind.matches(b, key, headers) }) {
			continue
		}
		matched = true
		if b.exchange != nil {
			b.exchange.route(keys, headers, seen, found)
		} else if !slices.Contains(*found, b.queue) {
			*found = append(*found, b.queue)
		}
	}
	if alternate := x.alternate(); !matched && alternate != nil {
		alternate.route(keys, headers, seen, found)
	}
}

// alternate is the exchange for what x cannot route, by argument or by policy.
func (x *exchange) alternate() *exchange {
	name, ok := x.args["alternate-exchange"].(string)
	if !ok {
		if p := x.vhost.policyFor(x.name, "exchanges"); p != nil {
			name, ok = p.definition["alternate-exchange"].(string)
		}
	}
	if !ok {
		return nil
	}
	return x.vhost.exchanges[name]
}

// routes are the queues for a message with these keys and headers.
func (x *exchange) routes(keys []string, headers Table) []*queue {
	var found []*queue
	x.route(keys, headers, map[*exchange]bool{}, &found)
	return found
}

func equalTables(a, b Table) bool {
	return maps.EqualFunc(a, b, equalValues)
}

// equalValues compares as RabbitMQ compares arguments: integers by value, whatever their width.
func equalValues(a, b any) bool {
	if x, ok := integer(a); ok {
		y, ok := integer(b)
		return ok && x == y
	}
	switch x := a.(type) {
	case Table:
		y, ok := b.(Table)
		return ok && equalTables(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equalValues)
	case []byte:
		y, ok := b.([]byte)
		return ok && slices.Equal(x, y)
	}
	switch b.(type) {
	case Table, []any, []byte:
		return false
	}
	return a == b
}

// integer is the value of any of the integer field types, or of a Go int from a policy.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int8:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint32:
		return int64(n), true
	case float64: // a policy from JSON
		return int64(n), n == float64(int64(n))
	}
	return 0, false
}
