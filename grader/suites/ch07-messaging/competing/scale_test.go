package competing_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestScaleIsConfirmed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A group grows and shrinks", group)
		conn, wire := r.DialTapped()
		g := r.group(group, conn, 2)
		require.Zero(t, g.Size(), "Size of a new group")
		r.consumers(0, "of a new group")

		muted := wire.When(messaging.BasicConsume, func() { r.Fault(r.Mute) })
		scaling := begins(func() error { return g.Scale(1) })
		r.Until(func() bool { return len(scaling) > 0 || messaging.IsClosed(muted) }, "Scale(1) consumes from the queue")
		r.isHeldUp(scaling, "Scale(1)")
		r.waitsForTheBroker(func() error { return g.Scale(0) }, "Scale(0)")
		for _, n := range []int{0, 1, 3, 5, 5, 2, 0} {
			r.scales(g, n, group)
			r.consumers(n, "when Scale has returned")
			require.Equal(t, n, g.Size(), "Size when Scale(%d) has returned", n)
		}
	})
}

// waitsForTheBroker calls Scale or Stop while the broker's answers are held back, and demands that it waits for them.
func (r *rig) waitsForTheBroker(call func() error, what string) {
	r.T.Helper()
	r.Fault(r.Mute)
	r.isHeldUp(begins(call), what)
}

// begins calls Scale or Stop in the background.
func begins(call func() error) (returned chan error) {
	returned = make(chan error, 1)
	go func() { returned <- call() }()
	return returned
}

// isHeldUp demands that a call has not returned, and lets the broker answer.
func (r *rig) isHeldUp(returned chan error, what string) {
	r.T.Helper()
	r.RoundTrips(messaging.Rounds)
	if len(returned) > 0 {
		r.Look(group, what+" returns, the broker has not answered yet")
		require.FailNow(r.T, what+" does not return before the broker has answered")
	}
	r.Fault(r.Heal)
	require.True(r.T, messaging.Await(r.Broker, returned, what+" returns when the broker has answered") == nil, "%s returns nil", what)
}

func TestDismissedConsumerFinishes(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Two of three are dismissed while all are at work", group)
		conn := r.Dial()
		g := r.group(group, conn, 2)
		r.scales(g, 3, group)
		r.put(6)
		calls := r.at(3, group, "with 3 consumers and 6 messages")
		r.settled(conn)
		r.scales(g, 1, group)
		r.settled(conn)
		r.answers(calls, nil)
		r.Does(group, "the three handlers return nil")
		r.put(4)
		r.develops(group, "what the dismissed had not begun, and what came after, is handled by them or by the one that stays")
		r.settled(conn)
		require.True(t, g.Stop(t.Context()) == nil, "Stop returns nil")
		r.NoConsumer(queue, "after Stop")
		r.once(group, "by a group that was scaled down")
	})
}

func TestScalingLeavesNothingBehind(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A group is scaled up and down, on a connection that can carry twenty channels", group)
		conn := r.DialOver(21, func(wire net.Conn) net.Conn { return wire }) // one for the check itself
		g := r.group(group, conn, 2)
		for range 10 {
			r.scales(g, 4, group)
			r.arrive(conn, 4)
			r.scales(g, 0, group)
			r.settled(conn)
			r.Soon(func() bool { return r.Queue(queue).Consumers == 0 }) // as in arrive
		}
		require.Zero(t, g.Size(), "Size after Scale(0)")
		r.consumers(0, "after Scale(0)")
	})
}
