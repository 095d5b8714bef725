package minirabbit_test

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// faulty is a broker with faults, wherever they come from.
type faulty struct {
	*server
	faults minirabbit.Faults
	ready  func(t *testing.T, queue string) int // how many messages are stored, seen past the faults
}

// mishaps are run against the faults of a broker, of a virtual host, and of proxies before minirabbit and RabbitMQ.
var mishaps = []struct {
	rule string
	run  func(t *testing.T, s faulty)
}{
	{"cut: connections end, what they held is redelivered, new ones are accepted", func(t *testing.T, s faulty) {
		conn := s.conn(t)
		ch := channel(t, conn)
		require.NoError(t, ch.Confirm(false))
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "m")
		get(t, ch, "q")
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		s.faults.Cut()
		receive(t, closed, "the end of the connection")
		require.True(t, getSoon(t, s.channel(t), "q").Redelivered)
	}},
	{"lose confirm: the message is stored, its answer never comes, later ones do", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		s.faults.LoseConfirm(2)
		confirms := publishSome(t, ch, 4)
		for _, i := range []int{0, 2, 3} {
			require.True(t, acked(t, confirms[i]))
		}
		require.False(t, confirms[1].Acked())
		requireReady(t, s, 4)
		select {
		case <-confirms[1].Done():
			require.Fail(t, "the lost confirm came")
		default:
		}
	}},
	{"delay confirm: later answers overtake it", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		const delay = 300 * time.Millisecond
		s.faults.DelayConfirm(1, delay)
		began := time.Now()
		confirms := publishSome(t, ch, 2)
		require.True(t, acked(t, confirms[1]))
		early := confirms[0].Acked()
		require.True(t, !early || time.Since(began) >= delay, "it came before its time")
		require.True(t, acked(t, confirms[0]))
	}},
	{"heal: a confirm that is held back comes, a fault that has not struck does not", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		s.faults.DelayConfirm(1, time.Hour)
		s.faults.DelayConfirm(2, time.Hour)
		s.faults.LoseConfirm(4)
		confirms := publishSome(t, ch, 3)
		require.True(t, acked(t, confirms[2]))
		require.False(t, confirms[0].Acked() || confirms[1].Acked())
		s.faults.Heal()
		require.True(t, acked(t, confirms[0]))
		require.True(t, acked(t, confirms[1]))
		require.True(t, acked(t, publishSome(t, ch, 1)[0]))
	}},
	{"cut before publish: the message is not stored", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		s.faults.CutBeforePublish(2)
		requireCutAtSecond(t, ch)
		requireReady(t, s, 1)
	}},
	{"cut after publish: the message is stored, its confirm does not come", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		s.faults.CutAfterPublish(2)
		requireCutAtSecond(t, ch)
		requireReady(t, s, 2)
	}},
	{"cut after publish without confirms: the message is stored", func(t *testing.T, s faulty) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		s.faults.CutAfterPublish(1)
		closed := ch.NotifyClose(make(chan *amqp.Error, 1))
		require.NoError(t, ch.Publish("", "q", false, false, amqp.Publishing{Body: make([]byte, 300_000)}))
		receive(t, closed, "the end of the channel")
		requireReady(t, s, 1)
	}},
	{"mute: what is published is stored, the answers wait for the healing", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		s.faults.Mute()
		confirms := publishSome(t, ch, 2)
		requireReady(t, s, 2)
		require.False(t, confirms[0].Acked())
		s.faults.Heal()
		require.True(t, acked(t, confirms[0]))
		require.True(t, acked(t, confirms[1]))
	}},
	{"stall: nothing moves until the healing", func(t *testing.T, s faulty) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		s.faults.Stall()
		confirms := publishSome(t, ch, 2)
		require.Zero(t, s.ready(t, "q"))
		require.False(t, confirms[0].Acked())
		s.faults.Heal()
		require.True(t, acked(t, confirms[1]))
		requireReady(t, s, 2)
	}},
	{"down: no connection until the healing", func(t *testing.T, s faulty) {
		conn := s.conn(t)
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		s.faults.Down()
		receive(t, closed, "the end of the connection")
		_, err := amqp.Dial(s.url)
		require.Error(t, err)
		s.faults.Heal()
		s.conn(t)
	}},
}

func publishSome(t *testing.T, ch *amqp.Channel, n int) []*amqp.DeferredConfirmation {
	t.Helper()
	var confirms []*amqp.DeferredConfirmation
	for range n {
		c, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: []byte("m")})
		require.NoError(t, err)
		confirms = append(confirms, c)
	}
	return confirms
}

func acked(t *testing.T, c *amqp.DeferredConfirmation) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ok, err := c.WaitContext(ctx)
	require.NoError(t, err)
	return ok
}

func requireReady(t *testing.T, s faulty, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return s.ready(t, "q") >= n }, patience, 5*time.Millisecond, "%d messages are stored", n)
	require.Equal(t, n, s.ready(t, "q"))
}

// requireCutAtSecond publishes twice: the first publish is confirmed, the second one's connection ends.
func requireCutAtSecond(t *testing.T, ch *amqp.Channel) {
	t.Helper()
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	first := publishSome(t, ch, 1)[0]
	require.True(t, acked(t, first))
	second, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: []byte("m")})
	receive(t, closed, "the end of the channel")
	if err == nil {
		require.False(t, second.Acked())
	}
}

func TestFaults(t *testing.T) {
	b := minirabbit.Run(t)
	ready := func(vhost string) func(t *testing.T, queue string) int {
		return func(t *testing.T, queue string) int {
			v, _ := b.VHost(vhost)
			info, _ := v.Queue(queue)
			return info.Ready
		}
	}
	for _, m := range mishaps {
		t.Run("vhost/"+m.rule, func(t *testing.T) {
			s := ownVHost(t, b, "vhost "+m.rule)
			v, _ := b.VHost(s.vhost)
			t.Cleanup(v.Heal)
			m.run(t, faulty{s, v, ready(s.vhost)})
		})
		t.Run("broker/"+m.rule, func(t *testing.T) {
			s := ownVHost(t, b, "broker "+m.rule)
			t.Cleanup(b.Heal)
			m.run(t, faulty{s, b, ready(s.vhost)})
		})
		t.Run("proxy/"+m.rule, func(t *testing.T) {
			s := ownVHost(t, b, "proxy "+m.rule)
			m.run(t, behindProxy(t, s, ready(s.vhost)))
		})
	}
}

// behindProxy puts a proxy in front of a server.
func behindProxy(t *testing.T, s *server, ready func(*testing.T, string) int) faulty {
	u, err := amqp.ParseURI(s.url)
	require.NoError(t, err)
	p, err := minirabbit.NewProxy(net.JoinHostPort(u.Host, strconv.Itoa(u.Port)), nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	host, port, err := net.SplitHostPort(p.Addr())
	require.NoError(t, err)
	u.Host = host
	u.Port, err = strconv.Atoi(port)
	require.NoError(t, err)
	through := *s
	through.url = u.String()
	return faulty{&through, p, ready}
}

// faultsBeforeRabbitMQ runs the mishaps through a proxy in front of a real broker.
func faultsBeforeRabbitMQ(t *testing.T, real *realServer) {
	for _, m := range mishaps {
		t.Run(m.rule, func(t *testing.T) {
			s := real.ownVHost(t)
			direct := s.channel(t)
			m.run(t, behindProxy(t, s, func(t *testing.T, queue string) int {
				q, err := direct.QueueDeclarePassive(queue, true, false, false, false, nil)
				require.NoError(t, err)
				return q.Messages
			}))
		})
	}
}
