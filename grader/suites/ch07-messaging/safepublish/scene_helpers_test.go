package safepublish_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// The names of the suite's exchange, its queues and their keys.
const (
	exchange = "rides"
	queue    = "rides.statistics" // has room for everything
	key      = "ride"
	small    = "rides.small" // has room for one message, and rejects others
	smallKey = "small"
	nobody   = "nobody" // a key without a queue

	gate = "gate" // the lane of the program under test
)

// What the broker does with a message. The check has arranged it, so it knows.
const (
	acked    = "stored: acks"
	nacked   = "the queue is full: nacks"
	returned = "no queue is bound: acks, and returns it if it is mandatory"
	unheard  = "stored; the answer is held back"
)

// scene is a publisher of the subject with all that a check looks at.
type scene struct {
	*messaging.Broker
	*messaging.Story
	*dialer
	p *safepublish.Publisher
}

// act plays one scene of a check: if it fails, it alone is drawn, and it is the last.
func act(t *check.T, title string, opts safepublish.Options, play func(*scene)) {
	t.Helper()
	if !t.Run(title, func(t *check.T) { play(open(t, title, opts)) }) {
		t.FailNow()
	}
}

// open returns a publisher to an exchange with a roomy and a small queue.
func open(t *check.T, title string, opts safepublish.Options) *scene {
	t.Helper()
	s := prepare(t, title)
	s.exchange(nil)
	s.Bind(small, exchange, smallKey, amqp.Table{"x-max-length": 1, "x-overflow": "reject-publish"})
	s.start(opts)
	return s
}

// prepare is open without exchange, queues and publisher.
func prepare(t *check.T, title string) *scene {
	t.Helper()
	b := messaging.Open(t)
	s := &scene{Broker: b, Story: messaging.Tell(t, title, gate, exchange), dialer: &dialer{url: b.URL}}
	t.Cleanup(func() {
		_ = b.Heal(context.Background())
		s.forbid(math.MaxInt)
		for _, conn := range s.dialledConns() {
			_ = conn.CloseDeadline(time.Now().Add(time.Second))
		}
	})
	return s
}

// exchange declares the exchange and the roomy queue, without the subject.
func (s *scene) exchange(args amqp.Table) {
	s.T.Helper()
	s.Own(s.Channel().ExchangeDeclare(exchange, amqp.ExchangeDirect, true, false, false, false, args), "declare an exchange")
	s.Bind(queue, exchange, key, nil)
}

func (s *scene) start(opts safepublish.Options) {
	opts.Exchange = exchange
	s.p = safepublish.NewPublisher(s.dial, opts)
}

// call is a Publish in a goroutine of its own.
type call struct {
	id   string
	done chan result
}

type result struct {
	pending *safepublish.Pending
	err     error
}

// bodyOf is how a body begins, before the id.
const bodyOf = "the body of "

// message is the message of that id.
func message(id, key string) safepublish.Message {
	return safepublish.Message{ID: id, Key: key, Body: []byte(bodyOf + id)}
}

func (s *scene) publishing(ctx context.Context, id, key string) *call {
	c := &call{id, make(chan result, 1)}
	go c.publish(ctx, s.p, message(id, key))
	return c
}

// publish is on the stack of every goroutine that publishes for a check: see waits.
func (c *call) publish(ctx context.Context, p *safepublish.Publisher, msg safepublish.Message) {
	pending, err := p.Publish(ctx, msg)
	c.done <- result{pending, err}
}

// waits starts a Publish that has to wait for the window, and returns when its goroutine stands still.
func (s *scene) waits(ctx context.Context, id string) *call {
	s.T.Helper()
	c := s.publishing(ctx, id, key)
	s.Soon(func() bool { return messaging.Parked("(*call).publish(") > 0 || len(c.done) > 0 })
	s.rounds()
	if len(c.done) > 0 {
		s.Look(gate, "Publish "+id+" returns: the window is full")
	}
	require.True(s.T, len(c.done) == 0, "a Publish waits while Window messages are not settled")
	s.Does(gate, "Publish "+id+": waits for the window")
	return c
}

// takes waits for the end of a Publish that has no reason to wait, and returns what it has taken in charge.
func (s *scene) takes(c *call) *safepublish.Pending {
	s.T.Helper()
	s.Soon(func() bool { return len(c.done) > 0 })
	if len(c.done) == 0 {
		s.Look(gate, "Publish "+c.id+" does not return")
	}
	r := messaging.Promptly(s.Broker, c.done, "Publish returns while fewer than Window messages are not settled")
	require.Equal(s.T, "a Pending", outcome(r.err), "what Publish returns while fewer than Window messages are not settled")
	require.True(s.T, r.pending != nil, "Publish returns a Pending")
	return r.pending
}

// hands has a message taken in charge.
func (s *scene) hands(id, key string) *safepublish.Pending {
	s.T.Helper()
	return s.takes(s.publishing(s.T.Context(), id, key))
}

// publish has a message taken in charge and draws what the broker does with it.
func (s *scene) publish(id, key, fate string) *safepublish.Pending {
	s.T.Helper()
	pending := s.hands(id, key)
	s.Tells(gate, "Publish "+id, exchange, fate)
	return pending
}

// settled waits until a message is settled and compares.
func (s *scene) settled(id string, pending *safepublish.Pending, want, rule string) {
	s.T.Helper()
	s.Soon(func() bool { return isDone(pending) })
	s.judge(id, pending, want, rule)
}

// judge looks how a message is settled.
func (s *scene) judge(id string, pending *safepublish.Pending, want, rule string) {
	s.T.Helper()
	got := fate(pending)
	if got == want {
		s.Does(gate, id+" is "+got)
	} else {
		s.Look(gate, id+" is "+got)
		s.Expected(id+" is "+want, id+" is "+got)
	}
	require.Equal(s.T, want, got, rule)
}

// sure is the whole way of a message that nothing is in the way of.
func (s *scene) sure(id string) {
	s.T.Helper()
	before, answers := s.Queue(queue).Messages, s.answers()
	pending := s.hands(id, key)
	s.Soon(func() bool { return isDone(pending) })
	if fate(pending) == accepted {
		s.Tells(gate, "Publish "+id, exchange, acked)
	} else {
		s.Does(gate, "Publish "+id+": nothing is in its way")
	}
	s.judge(id, pending, accepted, "what becomes of a message that nothing is in the way of")
	// Whether it is there, and answered, when it is accepted is the rule of one check.
	s.Soon(func() bool { return s.Queue(queue).Messages > before && s.answers() > answers })
}

// unsettled fails the check if a message is settled now.
func (s *scene) unsettled(id string, pending *safepublish.Pending, rule string) {
	s.T.Helper()
	if isDone(pending) {
		s.Look(gate, id+" is "+fate(pending))
		s.Expected(id+" is "+inCharge, id+" is "+fate(pending))
	}
	require.False(s.T, isDone(pending), rule)
}

// What becomes of a message.
const (
	accepted   = "accepted"
	inCharge   = "not settled"
	unroutable = "ErrUnroutable"
	unknown    = "ErrUnknown"
)

func fate(pending *safepublish.Pending) string {
	if !isDone(pending) {
		return inCharge
	}
	if pending.Err() == nil {
		return accepted
	}
	return outcome(pending.Err())
}

func isDone(pending *safepublish.Pending) bool { return messaging.IsClosed(pending.Done()) }

func allDone(pending map[string]*safepublish.Pending) bool {
	for _, p := range pending {
		if !isDone(p) {
			return false
		}
	}
	return true
}

// outcome names an error. Its own words would differ from run to run.
func outcome(err error) string {
	for _, known := range []struct {
		name string
		err  error
	}{
		{unroutable, safepublish.ErrUnroutable},
		{unknown, safepublish.ErrUnknown},
		{"ErrClosed", safepublish.ErrClosed},
		{"context.Canceled", context.Canceled},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	if err != nil {
		return "another error"
	}
	return "a Pending"
}

// copies takes everything out of a queue and counts the messages by id. Each must have the id under which its body was published; in what
// order messages are sent again is left open, so of several that have not the first by name is shown.
func (s *scene) copies(queue string) map[string]int {
	s.T.Helper()
	counts := map[string]int{}
	var renamed []string
	for _, d := range s.Drain(queue) {
		id := strings.TrimPrefix(string(d.Body), bodyOf)
		if d.MessageId != id {
			renamed = append(renamed, id)
		}
		counts[id]++
	}
	if len(renamed) > 0 {
		s.Look(queue, "holds "+slices.Min(renamed)+" under another MessageId")
	}
	require.True(s.T, len(renamed) == 0, "a message has its own MessageId, however often it is sent")
	return counts
}

// holdsEach takes everything out of the queue: each of the messages is there at least once, and nothing else.
func (s *scene) holdsEach(when string, ids ...string) {
	s.T.Helper()
	counts := s.copies(queue)
	for _, id := range ids {
		if counts[id] == 0 {
			s.Look(queue, id+" is not in the queue")
		}
		require.True(s.T, counts[id] > 0, "the accepted message %s is in the queue %s", id, when)
		delete(counts, id)
	}
	require.Empty(s.T, counts, "other messages in the queue %s", when)
}

// rounds lets the broker and everybody else do what they are about to do.
func (s *scene) rounds() {
	s.T.Helper()
	s.RoundTrips(messaging.Rounds / 4)
}
