package competing_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/competing"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
	"scalelab/pkg/spacetime"
)

const (
	queue = "photos"
	lab   = "ch07-messaging/competing"
)

// rig is a queue and the groups that consume from it.
type rig struct {
	*messaging.Broker
	*messaging.Story
	calls chan call
	over  chan struct{} // closed when the check has ended: whoever waits for the check goes on
	done  messaging.Count
	sent  []string
	lost  string // the group whose connection is lost: what it still handles is too late
}

// call is a handler that is at work until it is answered.
type call struct {
	group, id string
	answer    chan error
}

var (
	errDark  = errors.New("too dark")
	errPanic = errors.New("panic")
	errOver  = errors.New("the check has ended")
)

// open returns a rig with an empty queue.
func open(t *check.T, title string, lanes ...string) *rig {
	r := &rig{
		Broker: messaging.Open(t), Story: messaging.Tell(t, title, append([]string{queue}, lanes...)...),
		calls: make(chan call, 10_000), over: make(chan struct{}),
	}
	t.Cleanup(func() { close(r.over) })
	r.Broker.Declare(queue, nil)
	return r
}

// group returns a group whose handlers stand still until the check answers.
func (r *rig) group(name string, conn *amqp.Connection, prefetch int) *competing.Group {
	r.T.Helper()
	return competing.NewGroup(conn, queue, prefetch, func(m competing.Message) error {
		c := call{name, m.ID, make(chan error, 1)}
		r.calls <- c
		select {
		case err := <-c.answer:
			if errors.Is(err, errPanic) {
				panic("the developer is on fire")
			}
			return err
		case <-r.over:
			return errOver
		}
	})
}

// put publishes n more messages.
func (r *rig) put(n int) {
	r.T.Helper()
	first := len(r.sent) + 1
	for range n {
		id := fmt.Sprint("photo-", len(r.sent)+1)
		routed := r.Publish("", queue, amqp.Publishing{DeliveryMode: amqp.Persistent, MessageId: id, Body: []byte("a skier")})
		require.True(r.T, routed, "the queue is there")
		r.sent = append(r.sent, id)
	}
	if n == 1 {
		r.Does(queue, "gets "+r.sent[first-1])
		return
	}
	r.Does(queue, fmt.Sprintf("gets photo-%d … photo-%d", first, len(r.sent)))
}

// scales calls Scale and demands success.
func (r *rig) scales(g *competing.Group, n int, lane string) {
	r.T.Helper()
	answer := begins(func() error { return g.Scale(n) })
	r.Soon(func() bool { return len(answer) > 0 })
	if len(answer) == 0 {
		r.Does(lane, fmt.Sprintf("Scale(%d) does not return", n))
		require.FailNow(r.T, fmt.Sprintf("Scale(%d) does not return, although it has nothing to wait for but the broker", n))
	}
	err := <-answer
	r.Does(lane, fmt.Sprintf("Scale(%d)", n))
	require.True(r.T, err == nil, "Scale(%d) returns nil when the broker has nothing against it", n)
}

// arrive waits until the broker has so many consumers, and the group has heard of it. That it has them when Scale returns is a rule of
// its own; whoever breaks it must not dismiss a consumer here that is on its way in, for what becomes of the two is chance.
func (r *rig) arrive(conn *amqp.Connection, n int) {
	r.T.Helper()
	r.Soon(func() bool { return r.Queue(queue).Consumers >= n })
	r.settled(conn)
}

// at waits until so many handlers are at work and returns their calls, ordered by message.
func (r *rig) at(work int, lane, when string) []call {
	r.T.Helper()
	r.Soon(func() bool { return len(r.calls) >= work })
	if got := len(r.calls); got < work {
		r.Does(lane, fmt.Sprintf("handlers at work: %d more", got))
		r.Expected(fmt.Sprintf("%d more", work), fmt.Sprintf("%d more", got))
		require.Equal(r.T, work, got, "handler calls that begin %s", when)
	}
	r.RoundTrips(messaging.Rounds / 10) // of more than there should be, the first by name are drawn
	calls := make([]call, len(r.calls))
	for i := range calls {
		calls[i] = <-r.calls
	}
	slices.SortFunc(calls, func(a, b call) int { return cmp.Or(len(a.id)-len(b.id), strings.Compare(a.id, b.id)) })
	for _, c := range calls[work:] {
		r.calls <- c
	}
	calls = calls[:work]
	for _, c := range calls {
		r.Tells(queue, "delivers "+c.id, lane, c.id+" is at work")
	}
	return calls
}

// no demands that no further handler call begins: what the broker has sent has arrived.
func (r *rig) no(conn *amqp.Connection, lane, when string) {
	r.T.Helper()
	r.settled(conn)
	if len(r.calls) > 0 {
		r.Look(lane, "another handler call begins")
		require.FailNow(r.T, "no handler call begins "+when)
	}
}

// settled waits until what the subject has sent, and what was sent to it, has arrived.
func (r *rig) settled(conn *amqp.Connection) {
	r.T.Helper()
	require.True(r.T, r.Settle(conn), "the connection is the caller's: the group never closes it")
}

// answers lets handlers return.
func (r *rig) answers(calls []call, result error) {
	for _, c := range calls {
		if result == nil {
			r.done.Add(c.id)
		}
		c.answer <- result
	}
}

// develops lets handlers return nil until each message was handled that was sent.
func (r *rig) develops(lane, expected string) {
	r.T.Helper()
	r.developsBut(0, lane, expected)
}

// developsBut is develops with so many messages left.
func (r *rig) developsBut(left int, lane, expected string) {
	r.T.Helper()
	for len(r.done.All()) < len(r.sent)-left {
		r.Soon(func() bool { return len(r.calls) > 0 })
		if len(r.calls) == 0 {
			r.Counted(lane, len(r.sent)-left, len(r.done.All()), "handled")
			require.Equal(r.T, len(r.sent)-left, len(r.done.All()), "messages that are handled: %s", expected)
		}
		c := <-r.calls
		if c.group == r.lost {
			c.answer <- errDark
			continue
		}
		r.answers([]call{c}, nil)
	}
	r.Does(lane, fmt.Sprintf("handled: %d", len(r.done.All())))
}

// once demands that each message was handled once with success, and that none is left.
func (r *rig) once(lane, when string) {
	r.T.Helper()
	for r.drains() {
	}
	times := r.done.All()
	for _, id := range r.sent {
		if times[id] > 1 {
			again := r.Does(queue, "has delivered "+id+" again")
			twice := r.Look(lane, fmt.Sprintf("%s was handled %d times", id, times[id]))
			picture := &r.Recorder.Diagram
			picture.Arrows = append(picture.Arrows, spacetime.Arrow{From: again, To: twice, Kind: spacetime.Duplicates})
		}
	}
	require.Equal(r.T, messaging.Once(r.sent), times, "how often each message was handled with success %s", when)
	r.Holds(0, queue, when)
}

// drains lets a handler call that has begun return.
func (r *rig) drains() bool {
	select {
	case c := <-r.calls:
		r.answers([]call{c}, nil)
		return true
	default:
		return false
	}
}

// consumers demands that the broker has so many consumers of the queue now.
func (r *rig) consumers(expected int, when string) {
	r.T.Helper()
	got := r.Queue(queue).Consumers
	r.Counted(queue, expected, got, "consumers")
	require.Equal(r.T, expected, got, "consumers of the queue %s", when)
}

// ready demands that so many messages lie in the queue, or soon do.
func (r *rig) ready(expected int, when string) {
	r.T.Helper()
	r.Ready(r.Broker, queue, expected, when)
}
