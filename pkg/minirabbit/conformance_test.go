package minirabbit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// behaviour is one promise of RabbitMQ 3.10, kept by minirabbit and by RabbitMQ alike: each is run against both.
type behaviour struct {
	covers string // methods and features, separated by commas
	rule   string
	run    func(t *testing.T, s *server)
}

// behaviours are organised as the protocol is: one file per class of methods, one per feature that spans them.
func behaviours() []behaviour {
	return slices.Concat(connectionBehaviours, channelBehaviours, exchangeBehaviours, exchangeTypeBehaviours,
		queueBehaviours, queueArgumentBehaviours, publishBehaviours, consumeBehaviours, acknowledgeBehaviours,
		ttlBehaviours, deadLetterBehaviours, overflowBehaviours, quorumBehaviours, policyBehaviours, permissionBehaviours)
}

// methods are those a client may send, and features what the methods' names do not tell. Each needs a behaviour.
var (
	methods = []string{
		"connection.start-ok", "connection.tune-ok", "connection.open", "connection.close",
		"channel.open", "channel.flow", "channel.close",
		"exchange.declare", "exchange.delete", "exchange.bind", "exchange.unbind",
		"queue.declare", "queue.bind", "queue.unbind", "queue.purge", "queue.delete",
		"basic.qos", "basic.consume", "basic.cancel", "basic.publish", "basic.get", "basic.ack", "basic.reject",
		"basic.nack", "basic.recover", "confirm.select",
	}
	features = []string{
		"default exchange", "direct", "topic", "fanout", "headers", "alternate exchange", "internal", "auto-delete",
		"exclusive", "passive", "durable", "mandatory", "confirms", "requeue position", "redelivered",
		"prefetch", "shared prefetch", "round robin", "consumer cancel notification", "message ttl", "queue ttl",
		"dead letter", "x-death", "max-length drop-head", "max-length reject-publish", "quorum", "delivery count",
		"delivery limit", "policy", "permissions", "field tables", "large content", "channel error", "connection error",
		"sender-selected distribution", "returns order", "restart",
	}
)

// server is a broker as a behaviour sees it: a virtual host of its own.
type server struct {
	url       string
	vhost     string
	user      string
	setPolicy func(name, pattern string, definition map[string]any) error
	addUser   func(name, password string, configure, write, read string) error
}

func TestBehaviourMinirabbit(t *testing.T) {
	b := minirabbit.Run(t)
	for i, x := range behaviours() {
		t.Run(x.name(), func(t *testing.T) {
			t.Parallel()
			x.run(t, ownVHost(t, b, fmt.Sprintf("v%d", i)))
		})
	}
}

func TestBehaviourRabbitMQ(t *testing.T) {
	for _, r := range realServers {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel() // both wait for their brokers more than they work
			compare(t, r.find(t))
		})
	}
}

// compare holds a real broker to what minirabbit is held to.
func compare(t *testing.T, real *realServer) {
	t.Run("alive", func(t *testing.T) {
		for _, x := range behaviours() {
			t.Run(x.name(), func(t *testing.T) {
				t.Parallel()
				x.run(t, real.ownVHost(t))
			})
		}
	})
	t.Run("faults", func(t *testing.T) { faultsBeforeRabbitMQ(t, real) })
	for _, o := range real.outages() {
		t.Run(o.name, func(t *testing.T) { checkOutage(t, real.ownVHost(t), o) })
	}
}

func TestEveryMethodAndFeatureHasABehaviour(t *testing.T) {
	covered := map[string]bool{"restart": true} // durability_test.go, which needs the broker for itself
	for _, x := range behaviours() {
		for _, part := range strings.Split(x.covers, ", ") {
			require.Contains(t, slices.Concat(methods, features), part, "behaviour %q covers something unlisted", x.rule)
			covered[part] = true
		}
	}
	for _, part := range slices.Concat(methods, features) {
		require.True(t, covered[part], "no behaviour covers %s", part)
	}
}

func (x behaviour) name() string {
	return strings.ReplaceAll(x.covers+": "+x.rule, "/", "|")
}

func ownVHost(t *testing.T, b *minirabbit.Broker, name string) *server {
	v := b.AddVHost(name)
	b.AddUser(name, "secret")
	require.NoError(t, b.SetPermissions(name, name, minirabbit.AllPermissions))
	return &server{url: b.URLFor(name, "secret", name), vhost: name, user: name, setPolicy: v.SetPolicy,
		addUser: func(user, password, configure, write, read string) error {
			b.AddUser(user, password)
			return b.SetPermissions(name, user, minirabbit.Permissions{Configure: configure, Write: write, Read: read})
		}}
}

// patience bounds every wait for something that must happen; it is never waited out when all is well.
const patience = time.Minute

func (s *server) conn(t *testing.T) *amqp.Connection { return dial(t, s.url) }
func (s *server) channel(t *testing.T) *amqp.Channel { return channel(t, s.conn(t)) }

// confirmed opens a channel in confirm mode.
func (s *server) confirmed(t *testing.T) *amqp.Channel {
	ch := s.channel(t)
	require.NoError(t, ch.Confirm(false))
	return ch
}

func declare(t *testing.T, ch *amqp.Channel, name string, args amqp.Table) amqp.Queue {
	t.Helper()
	q, err := ch.QueueDeclare(name, true, false, false, false, args)
	require.NoError(t, err)
	return q
}

func declareExchange(t *testing.T, ch *amqp.Channel, name, kind string, args amqp.Table) {
	t.Helper()
	require.NoError(t, ch.ExchangeDeclare(name, kind, true, false, false, false, args))
}

// publish sends one message and waits for its confirm: true is an ack.
func publish(t *testing.T, ch *amqp.Channel, exchange, key string, p amqp.Publishing) bool {
	t.Helper()
	confirm, err := ch.PublishWithDeferredConfirm(exchange, key, false, false, p)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	acked, err := confirm.WaitContext(ctx)
	require.NoError(t, err, "confirm")
	return acked
}

func publishAll(t *testing.T, ch *amqp.Channel, queue string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		require.True(t, publish(t, ch, "", queue, amqp.Publishing{Body: []byte(body), DeliveryMode: amqp.Persistent}))
	}
}

func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v, ok := <-from:
		require.True(t, ok, "%s: closed", what)
		return v
	case <-time.After(patience):
		require.FailNow(t, "waiting for "+what)
		panic("unreachable")
	}
}

func consume(t *testing.T, ch *amqp.Channel, queue, tag string) <-chan amqp.Delivery {
	t.Helper()
	deliveries, err := ch.Consume(queue, tag, false, false, false, false, nil)
	require.NoError(t, err)
	return deliveries
}

// requireNone looks whether a delivery waits to be taken. The library's channels have no room: their length is always 0.
func requireNone(t *testing.T, deliveries <-chan amqp.Delivery) {
	t.Helper()
	select {
	case d := <-deliveries:
		require.Fail(t, "a delivery too many", "%q", d.Body)
	default:
	}
}

func get(t *testing.T, ch *amqp.Channel, queue string) (amqp.Delivery, bool) {
	t.Helper()
	d, ok, err := ch.Get(queue, false)
	require.NoError(t, err)
	return d, ok
}

// getSoon gets a message that must arrive.
func getSoon(t *testing.T, ch *amqp.Channel, queue string) amqp.Delivery {
	t.Helper()
	var d amqp.Delivery
	require.Eventually(t, func() bool {
		var ok bool
		d, ok = get(t, ch, queue)
		return ok
	}, patience, 5*time.Millisecond, "a message in %s", queue)
	return d
}

// drain gets and acknowledges all that a queue holds.
func drain(t *testing.T, ch *amqp.Channel, queue string) []string {
	t.Helper()
	bodies := []string{}
	for {
		d, ok := get(t, ch, queue)
		if !ok {
			return bodies
		}
		require.NoError(t, d.Ack(false))
		bodies = append(bodies, string(d.Body))
	}
}

// channelError runs what must close the channel and returns the broker's reason.
func channelError(t *testing.T, ch *amqp.Channel, do func() error) *amqp.Error {
	t.Helper()
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	_ = do() // tells the same, or nothing when the method has no answer
	return receive(t, closed, "channel close")
}

// connectionError runs what must close the connection and returns the broker's reason.
func connectionError(t *testing.T, conn *amqp.Connection, do func() error) *amqp.Error {
	t.Helper()
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	_ = do()
	return receive(t, closed, "connection close")
}

func requireError(t *testing.T, err *amqp.Error, code int, text string) {
	t.Helper()
	require.Equal(t, code, err.Code, "reply code of %v", err)
	require.Equal(t, text, err.Reason)
}
