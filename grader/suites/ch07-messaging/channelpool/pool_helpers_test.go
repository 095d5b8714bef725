package channelpool_test

import (
	"context"
	"errors"
	"fmt"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
	"scalelab/pkg/minirabbit"
)

// scene is a pool of the subject with all that a check looks at.
type scene struct {
	*messaging.Broker
	*messaging.Story
	conn  *amqp.Connection
	wire  *wire
	pool  *channelpool.Pool
	names map[*amqp.Channel]string // in the order in which they were lent first
}

// The lanes of the picture that are always the same.
const pool = "pool"

// open returns a pool on a connection of its own. channels bounds those of the connection, 0 for no bound.
func open(t *check.T, title string, opts channelpool.Options, channels uint16) *scene {
	t.Helper()
	s := &scene{Broker: messaging.Open(t), Story: messaging.Tell(t, title), wire: &wire{}, names: map[*amqp.Channel]string{}}
	s.conn = s.DialOver(channels, func(wire net.Conn) net.Conn { return minirabbit.Overhear(wire, s.wire.count, nil) })
	s.pool = channelpool.New(s.conn, opts)
	s.Does(pool, fmt.Sprintf("Max %d, MaxIdle %d", opts.Max, opts.MaxIdle))
	return s
}

// call is a Borrow in a goroutine of its own.
type call struct {
	who  string
	done chan lent
}

type lent struct {
	ch  *amqp.Channel
	err error
}

// act plays a scene of a check that has several: only the one that fails is drawn, and it is the last.
func act(t *check.T, title string, opts channelpool.Options, channels uint16, play func(*scene)) {
	t.Helper()
	if !t.Run(title, func(t *check.T) { play(open(t, title, opts, channels)) }) {
		t.FailNow()
	}
}

// borrowing starts a Borrow.
func (s *scene) borrowing(ctx context.Context, who string) *call {
	c := newCall(who)
	go c.borrow(ctx, s.pool)
	return c
}

func newCall(who string) *call { return &call{who, make(chan lent, 1)} }

// borrow is on the stack of every goroutine that borrows for a check: see parked.
func (c *call) borrow(ctx context.Context, p *channelpool.Pool) {
	ch, err := p.Borrow(ctx)
	c.done <- lent{ch, err}
}

// waits starts a Borrow that has to wait, and returns when its goroutine stands still.
func (s *scene) waits(ctx context.Context, who string) *call {
	s.T.Helper()
	c := s.parks(ctx, who)
	s.Does(who, "Borrow: waits")
	return c
}

// parks is waits without a word in the picture.
func (s *scene) parks(ctx context.Context, who string) *call {
	s.T.Helper()
	before := parked()
	c := s.borrowing(ctx, who)
	s.Soon(func() bool { return parked() > before || len(c.done) > 0 })
	if len(c.done) > 0 {
		s.Look(who, "Borrow returns at once")
	}
	require.True(s.T, len(c.done) == 0, "a Borrow waits while Max channels are lent")
	return c
}

// parked is how many calls of Borrow wait in the pool.
func parked() int { return messaging.Parked("(*call).borrow(") }

// borrow lends a channel to somebody who does not have to wait.
func (s *scene) borrow(who string) *amqp.Channel {
	s.T.Helper()
	return s.gets(s.borrowing(s.T.Context(), who), "Borrow when a channel is idle or fewer than Max are open")
}

// gets waits for the end of a Borrow that is due, and returns its open channel.
func (s *scene) gets(c *call, rule string) *amqp.Channel {
	s.T.Helper()
	result := s.ended(c, rule)
	if result.err != nil {
		s.Look(c.who, "Borrow returns "+outcome(result.err))
	}
	require.Equal(s.T, "a channel", outcome(result.err), rule)
	closed := result.ch == nil || result.ch.IsClosed()
	s.Does(c.who, "is lent "+s.name(result.ch))
	if closed {
		s.Look(c.who, "which is closed")
	}
	require.False(s.T, closed, "a channel that Borrow lends is open")
	return result.ch
}

// ended waits for the end of a Borrow that is due.
func (s *scene) ended(c *call, rule string) lent {
	s.T.Helper()
	s.Soon(func() bool { return len(c.done) > 0 })
	if len(c.done) == 0 {
		s.Look(c.who, "still waits in Borrow")
	}
	return messaging.Promptly(s.Broker, c.done, rule)
}

// fails waits for the end of a Borrow and says how it failed.
func (s *scene) fails(c *call, want, rule string) {
	s.T.Helper()
	got := outcome(s.ended(c, rule).err)
	s.Does(c.who, "Borrow returns "+got)
	require.Equal(s.T, want, got, rule)
}

// gives returns a channel.
func (s *scene) gives(who string, ch *amqp.Channel) {
	s.T.Helper()
	s.does(who, "Return "+s.name(ch), func() { s.pool.Return(ch) })
}

// does calls something of the pool that must not wait for anybody.
func (s *scene) does(who, what string, do func()) {
	s.T.Helper()
	done := make(chan struct{}, 1)
	go func() { do(); done <- struct{}{} }()
	s.Soon(func() bool { return len(done) > 0 })
	if len(done) == 0 {
		s.Look(who, what+" does not end")
	}
	messaging.Promptly(s.Broker, done, what+" returns")
	s.Does(who, what)
}

// waitsForTheBroker calls something of the pool that has a channel to close, and demands that it waits for the broker's answer.
func (s *scene) waitsForTheBroker(who, what string, do func()) {
	s.T.Helper()
	before := s.wire.seen().open
	s.Fault(s.Mute)
	done := make(chan struct{}, 1)
	go func() { do(); done <- struct{}{} }()
	s.Soon(func() bool { return s.wire.seen().open < before || len(done) > 0 })
	s.RoundTrips(messaging.Rounds)
	if len(done) > 0 {
		s.Look(who, what+" returns; the broker has not answered yet")
	}
	require.True(s.T, len(done) == 0, what+" closes a channel, and returns when it is closed")
	s.Tells(who, what+": channel.close", "broker", "its answer is held back")
	s.Fault(s.Heal)
	messaging.Promptly(s.Broker, done, what+" returns when the broker has answered")
	s.Answers(s.Does("broker", "the answer arrives"), who, what+" returns")
}

// dies makes the broker close a channel, as it does when somebody asks for what does not exist.
func (s *scene) dies(ch *amqp.Channel) {
	s.T.Helper()
	_, err := ch.QueueDeclarePassive("no-such-queue", true, false, false, false, nil)
	if messaging.CodeOf(err) != amqp.NotFound {
		check.Unjudged(s.T, "the broker did not close a channel")
	}
	s.Until(ch.IsClosed, "the channel is closed")
	s.RoundTrips(messaging.Rounds) // whoever wants to be told by the library has been
	s.Does("broker", "closes "+s.name(ch)+" (404)")
}

// name is what a channel is called in the picture.
func (s *scene) name(ch *amqp.Channel) string {
	if s.names[ch] == "" {
		s.names[ch] = fmt.Sprint("ch ", len(s.names)+1)
	}
	return s.names[ch]
}

// stats fails the check unless Stats says so, or soon does.
func (s *scene) stats(want channelpool.Stats, when string) {
	s.T.Helper()
	s.Soon(func() bool { return s.pool.Stats() == want })
	got := s.pool.Stats()
	if got != want {
		s.Look(pool, fmt.Sprintf("Stats %+v", got))
	}
	require.Equal(s.T, want, got, "Stats %s", when)
}

// onWire fails the check unless that many channels were opened so far, and are open now, or soon are.
func (s *scene) onWire(opened, open int, when string) {
	s.T.Helper()
	s.Soon(func() bool { now := s.wire.seen(); return now.opened == opened && now.open == open })
	got := s.wire.seen()
	if got.opened != opened || got.open != open {
		s.Look("broker", fmt.Sprintf("%d channels were opened so far, %d are open", got.opened, got.open))
	}
	require.Equal(s.T, opened, got.opened, "channels that the pool has opened so far, %s", when)
	require.Equal(s.T, open, got.open, "channels that are open on the connection, %s", when)
}

// outcome names what Borrow or With returned. The error's own words would differ from run to run.
func outcome(err error) string {
	for _, known := range []struct {
		name string
		err  error
	}{
		{"ErrPoolClosed", channelpool.ErrPoolClosed},
		{"context.Canceled", context.Canceled},
		{"context.DeadlineExceeded", context.DeadlineExceeded},
		{"amqp.ErrChannelMax", amqp.ErrChannelMax},
		{"amqp.ErrClosed", amqp.ErrClosed},
		{"the function's error", errJammed},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	if err != nil {
		return "another error"
	}
	return "a channel"
}

var errJammed = errors.New("the gate is jammed")
