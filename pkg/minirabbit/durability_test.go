package minirabbit_test

import (
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// outage is a way for a broker to go away and come back.
type outage struct {
	name string
	do   func(t *testing.T)
	// leaderless: RabbitMQ 3.10 keeps the register of its quorum queues in memory for a while. One that was declared
	// moments before a SIGKILL comes back without a leader and answers 541, so nothing can be said about it.
	leaderless bool
}

func TestDurabilityMinirabbit(t *testing.T) {
	b := minirabbit.Run(t)
	for i, o := range []outage{
		{name: "restart", do: func(t *testing.T) { require.NoError(t, b.Restart()) }},
		{name: "kill", do: func(t *testing.T) {
			b.Kill()
			require.NoError(t, b.Resume())
		}},
	} {
		t.Run(o.name, func(t *testing.T) { checkOutage(t, ownVHost(t, b, []string{"one", "two"}[i]), o) })
	}
}

// checkOutage is the behaviour "restart": what is durable survives, the rest does not.
func checkOutage(t *testing.T, s *server, o outage) {
	before := prepareOutage(t, s)
	o.do(t)
	err := receive(t, before, "the end of the connection")
	if o.name == "restart" && !strings.HasPrefix(err.Reason, "write ") { // or the client was still writing, and says that instead
		requireError(t, err, 320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'")
	}

	ch := s.confirmed(t)
	require.NoError(t, ch.ExchangeDeclarePassive("durable", "direct", true, false, false, false, nil))
	require.Equal(t, 404, channelError(t, ch, func() error {
		return ch.ExchangeDeclarePassive("transient", "direct", false, false, false, false, nil)
	}).Code)
	for _, queue := range []string{"transient", "exclusive"} {
		ch := s.channel(t)
		require.Equal(t, 404, channelError(t, ch, func() error {
			_, err := ch.QueueDeclarePassive(queue, false, false, false, false, nil)
			return err
		}).Code, queue)
	}

	ch = s.confirmed(t)
	left := getAll(t, ch, "classic", 3)
	if o.name == "kill" && string(left[2].Body) == "acknowledged" {
		// RabbitMQ writes acks down later than it obeys them: a crash may forget the last ones, and did.
		left = append(left[:2], getAll(t, ch, "classic", 1)...)
	}
	require.Equal(t, []string{"held", "refused", "waiting"}, bodies(left), "persistent, in order")
	crashed := o.name == "kill" // then the broker does not know any more what was delivered
	require.Equal(t, []bool{true, true, crashed}, []bool{left[0].Redelivered, left[1].Redelivered, left[2].Redelivered})
	require.Empty(t, drain(t, ch, "classic"))
	if !o.leaderless {
		require.Equal(t, "transient in quorum", recovered(t, s, "quorum"), "a quorum queue stores everything")
	}
	require.True(t, publish(t, ch, "durable", "k", amqp.Publishing{Body: []byte("bound")}))
	require.Equal(t, []string{"bound"}, drain(t, ch, "bound"))
	require.True(t, publish(t, ch, "durable", "fleeting", amqp.Publishing{}))
}

// recovered gets the message of a quorum queue, which has to elect a leader first: until then a get fails with 541.
func recovered(t *testing.T, s *server, queue string) string {
	var last error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		conn, err := amqp.Dial(s.url)
		require.NoError(t, err)
		ch := channel(t, conn)
		d, ok, err := ch.Get(queue, false) // unacknowledged: one that fails with 541 may take effect later
		conn.Close()
		if err == nil && ok {
			return string(d.Body)
		}
		last = err
	}
	require.FailNow(t, "no message in "+queue, "last error: %v", last)
	return ""
}

// prepareOutage fills a virtual host with what survives and what does not, and tells when its connection ends.
func prepareOutage(t *testing.T, s *server) <-chan *amqp.Error {
	conn := s.conn(t)
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	ch := channel(t, conn)
	require.NoError(t, ch.Confirm(false))
	declare(t, ch, "classic", nil)
	declare(t, ch, "bound", nil)
	declareQuorum(t, ch, "quorum", nil)
	for _, name := range []string{"transient", "exclusive"} {
		_, err := ch.QueueDeclare(name, false, false, name == "exclusive", false, nil)
		require.NoError(t, err)
	}
	declareExchange(t, ch, "durable", "direct", nil)
	require.NoError(t, ch.ExchangeDeclare("transient", "direct", false, false, false, false, nil))
	require.NoError(t, ch.QueueBind("bound", "k", "durable", false, nil))
	require.NoError(t, ch.QueueBind("transient", "fleeting", "durable", false, nil))

	publishAll(t, ch, "classic", "held", "refused", "acknowledged", "waiting")
	require.True(t, publish(t, ch, "", "classic", amqp.Publishing{Body: []byte("transient")}))
	require.True(t, publish(t, ch, "", "quorum", amqp.Publishing{Body: []byte("transient in quorum")}))
	got := getAll(t, ch, "classic", 3)
	require.NoError(t, got[2].Ack(false))
	require.NoError(t, got[1].Nack(false, true))
	settled(t, ch)
	return closed
}
