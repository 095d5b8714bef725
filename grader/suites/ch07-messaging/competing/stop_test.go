package competing_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/competing"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// stops calls Stop in the background.
func stops(ctx context.Context, g *competing.Group) (returned chan error) {
	return begins(func() error { return g.Stop(ctx) })
}

func TestStopFinishesWhatIsAtWork(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A group is stopped while its handlers are at work", "group A", "group B")
		conn := r.Dial()
		g := r.group("A", conn, 2)
		r.scales(g, 3, "group A")
		r.put(8)
		calls := r.at(3, "group A", "with 3 consumers and 8 messages")
		r.scales(g, 2, "group A") // one is at work that was dismissed before

		ctx, cancel := context.WithCancel(t.Context())
		stopped := stops(ctx, g)
		r.Does("group A", "Stop is called")
		r.Until(func() bool { return len(stopped) > 0 || r.Queue(queue).Consumers == 0 }, "Stop dismisses the consumers")
		r.waits(conn, stopped, "while three handlers are at work")
		r.isOver(g, "while Stop waits")
		cancel()
		r.Does("group A", "its context ends")
		err := messaging.Promptly(r.Broker, stopped, "Stop returns when its context has ended")
		require.True(t, errors.Is(err, context.Canceled), "the error of Stop is that of its context, which ended first")
		r.isOver(g, "after a Stop that has given up waiting")

		stopped = stops(t.Context(), g)
		r.Does("group A", "Stop is called again")
		r.answers(calls[:2], nil)
		r.Does("group A", "two handlers return nil")
		r.waits(conn, stopped, "while a handler is at work")
		r.answers(calls[2:], nil)
		r.Does("group A", "the third handler returns nil")
		r.drainsUntil(stopped)
		r.NoConsumer(queue, "after Stop")
		r.settled(conn)

		r.scales(r.group("B", r.Observer(), 2), 1, "group B")
		r.develops("group B", "another group gets what the first one has not handled")
		r.once("group B", "before and after the stop")
	})
}

// waits demands that Stop has not returned.
func (r *rig) waits(conn *amqp.Connection, stopped chan error, when string) {
	r.T.Helper()
	r.settled(conn)
	if len(stopped) > 0 {
		r.Look("group A", "Stop returns")
		require.FailNow(r.T, "Stop does not return "+when)
	}
}

// isOver demands that the group has ended for those who ask, although its handlers are at work.
func (r *rig) isOver(g *competing.Group, when string) {
	r.T.Helper()
	scaled := begins(func() error { return g.Scale(3) })
	err := messaging.Promptly(r.Broker, scaled, "Scale returns "+when)
	r.Does("group A", "Scale(3)")
	require.True(r.T, errors.Is(err, competing.ErrStopped), "Scale returns ErrStopped "+when)
	size := make(chan int, 1)
	go func() { size <- g.Size() }()
	require.Zero(r.T, messaging.Promptly(r.Broker, size, "Size returns "+when), "Size "+when)
}

// drainsUntil lets handlers return until Stop does.
func (r *rig) drainsUntil(stopped chan error) {
	r.T.Helper()
	r.Soon(func() bool {
		for r.drains() {
		}
		return len(stopped) > 0
	})
	require.NotEmpty(r.T, stopped, "Stop returns when the last handler has returned")
	require.True(r.T, <-stopped == nil, "Stop returns nil when the last handler has returned")
}

func TestStopEndsTheGroup(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A group is stopped", group)
		conn := r.Dial()
		g := r.group(group, conn, 2)
		r.scales(g, 3, group)
		r.arrive(conn, 3)
		r.waitsForTheBroker(func() error { return g.Stop(t.Context()) }, "Stop")
		r.Does(group, "Stop")
		require.True(t, messaging.Await(r.Broker, stops(t.Context(), g), "a second Stop returns") == nil, "a second Stop returns nil")
		r.Does(group, "Stop")
		r.consumers(0, "after Stop")
		require.Zero(t, g.Size(), "Size after Stop")
		require.True(t, errors.Is(g.Scale(2), competing.ErrStopped), "Scale after Stop returns ErrStopped")
		r.consumers(0, "after a Scale that came too late")

		idle := r.group(group, conn, 2)
		require.True(t, idle.Stop(t.Context()) == nil, "Stop of a group that never had a consumer returns nil")
		r.settled(conn)
		r.NothingLeft(lab, "after Stop")
	})
}

func TestGoneConsumersAreReplacedByScale(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "The queue is missing, is made, is deleted and made again", group)
		conn := r.Dial()
		g := r.group(group, conn, 2)
		r.deletes()
		require.Equal(t, amqp.NotFound, messaging.CodeOf(g.Scale(2)), "the code of the *amqp.Error of a Scale without a queue")
		r.Does(group, "Scale(2): 404")
		r.makes()
		r.scales(g, 2, group)
		r.consumers(2, "when the queue is there")
		r.deletes()
		r.sizes(g, "when the queue was deleted under its consumers")
		r.makes()
		r.consumers(0, "when nobody has called Scale")
		r.scales(g, 2, group)
		r.consumers(2, "when Scale has returned")
		other := r.group("another group", conn, 2)
		r.scales(other, 1, "another group")
		r.put(3)
		calls := r.at(3, group, "with 3 consumers and 3 messages, in two groups")
		others := slices.IndexFunc(calls, func(c call) bool { return c.group != group })

		r.Loses(r.Does(group, "✂ the connection is lost"), queue, "")
		r.Fault(r.Cut)
		r.Lost(conn)
		r.answers(slices.Delete(slices.Clone(calls), others, others+1), errDark)
		r.sizes(g, "when its connection was lost")
		require.True(t, g.Scale(1) != nil, "Scale returns an error when the connection is lost")
		stopped := stops(t.Context(), g)
		r.Soon(func() bool { return len(stopped) > 0 })
		require.NotEmpty(t, stopped, "Stop returns when the connection is lost and no handler is at work")
		require.True(t, <-stopped == nil, "Stop returns nil when the connection is lost and no handler is at work")

		stopped = stops(t.Context(), other)
		r.RoundTrips(messaging.Rounds)
		if len(stopped) > 0 {
			r.Look("another group", "Stop returns, its handler is at work")
		}
		require.True(t, len(stopped) == 0, "Stop waits for the handler that is still at work, also when the connection is lost")
		r.answers(calls[others:others+1], errDark)
		r.Soon(func() bool { return len(stopped) > 0 })
		require.NotEmpty(t, stopped, "Stop returns when the connection is lost and the last handler has returned")
		require.True(t, <-stopped == nil, "Stop returns nil when the connection is lost and the last handler has returned")
		r.NothingLeft(lab, "after Stop, when the connection was lost")
	})
}

// sizes demands that the group notices that it has no consumer.
func (r *rig) sizes(g *competing.Group, when string) {
	r.T.Helper()
	r.Soon(func() bool { return g.Size() == 0 })
	if got := g.Size(); got != 0 {
		r.Look(group, "Size is not 0")
		require.Zero(r.T, got, "Size of a group whose consumers are gone, %s", when)
	}
}

func (r *rig) deletes() {
	r.T.Helper()
	r.Broker.Delete(queue)
	r.Does(queue, "is deleted")
}

func (r *rig) makes() {
	r.T.Helper()
	r.Broker.Declare(queue, nil)
	r.Does(queue, "is made")
}
