package minirabbit_test

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"scalelab/pkg/minirabbit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dial opens a connection that the test closes.
func dial(t testing.TB, url string) *amqp.Connection {
	t.Helper()
	conn, err := amqp.Dial(url)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func channel(t testing.TB, conn *amqp.Connection) *amqp.Channel {
	t.Helper()
	ch, err := conn.Channel()
	require.NoError(t, err)
	return ch
}

func TestRunServesAnUnmodifiedClient(t *testing.T) {
	b := minirabbit.Run(t)
	ch := channel(t, dial(t, b.URL()))
	q, err := ch.QueueDeclare("greetings", true, false, false, false, nil)
	require.NoError(t, err)
	require.NoError(t, ch.Confirm(false))
	confirm, err := ch.PublishWithDeferredConfirm("", q.Name, true, false, amqp.Publishing{Body: []byte("hello")})
	require.NoError(t, err)
	require.True(t, confirm.Wait())
	deliveries, err := ch.Consume(q.Name, "", false, false, false, false, nil)
	require.NoError(t, err)
	d := <-deliveries
	require.Equal(t, "hello", string(d.Body))
	require.NoError(t, d.Ack(false))
}
