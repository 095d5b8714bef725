package competing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/competing"
	"scalelab/pkg/check"
)

const group = "group"

func TestHandledOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Three consumers, thirty pictures", group)
		conn := r.Dial()
		g := r.group(group, conn, 2)
		r.put(30)
		r.scales(g, 3, group)
		r.arrive(conn, 3)
		r.develops(group, "three consumers handle thirty messages")
		r.settled(conn)
		require.True(t, g.Stop(t.Context()) == nil, "Stop returns nil")
		r.NoConsumer(queue, "after Stop")
		r.once(group, "by a group of three")
	})
}

func TestAsManyAtWorkAsConsumers(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Three consumers, then five", group)
		conn := r.Dial()
		g := r.group(group, conn, 2)
		r.scales(g, 3, group)
		r.put(10)
		calls := r.at(3, group, "with 3 consumers and 10 messages")
		r.no(conn, group, "beyond 3 with 3 consumers whose handlers are at work")
		r.scales(g, 5, group)
		r.put(10)
		calls = append(calls, r.at(2, group, "when the group grows from 3 consumers to 5")...)
		r.no(conn, group, "beyond 5 with 5 consumers whose handlers are at work")
		r.answers(calls, nil)
	})
}

func TestBlockedConsumerHoldsItsPrefetch(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const one, two = "consumer 1, blocked", "consumer 2, free"
		r := open(t, "One of two consumers is blocked, with a prefetch of 3", one, two)
		conn := r.Dial()
		g := r.group(group, conn, 3)
		r.put(12)
		r.scales(g, 1, one)
		blocked := r.at(1, one, "with one consumer")
		r.settled(conn)
		r.scales(g, 2, two)
		r.developsBut(3, two, "all but the three that a blocked consumer holds are for the other one")
		r.no(conn, two, "when all are handled but the three that a blocked consumer holds")
		r.answers(blocked, nil)
		r.Does(one, blocked[0].id+" is done")
		r.develops(one, "the rest, when the blocked consumer is free again")
		require.Len(t, r.done.All(), 12, "messages that are handled")
	})
}

func TestCrashedConsumersMessagesGoToOthers(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A group's connection is lost while two pictures are at work", "group A", "group B")
		conn := r.Dial()
		a := r.group("A", conn, 2)
		r.scales(a, 2, "group A")
		r.put(6)
		held := r.at(2, "group A", "with 2 consumers and 6 messages")
		r.settled(conn)
		r.Loses(r.Does("group A", "✂ the connection is lost"), queue, "")
		r.Fault(r.Cut)
		r.Until(func() bool { return r.Queue(queue).Consumers == 0 }, "the broker notices that the connection is lost")
		r.ready(6, "after the connection was lost of a group that held 4 of them and had handled none")
		for _, c := range held {
			c.answer <- errDark // too late
		}
		r.lost = "A" // it may still have messages that it was sent before
		r.scales(r.group("B", r.Observer(), 2), 1, "group B")
		r.develops("group B", "another group gets what the first one held")
		require.Len(t, r.done.All(), 6, "messages that are handled")
	})
}

func TestFailedMessageGoesBack(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A picture fails, and fails again", group)
		conn := r.Dial()
		g := r.group(group, conn, 1)
		r.scales(g, 1, group)
		r.put(1)
		for _, failure := range []error{errDark, errPanic} {
			calls := r.at(1, group, "with one message that is not handled yet")
			require.Equal(t, "photo-1", calls[0].id, "the message that is handled")
			words := "photo-1 fails: an error"
			if failure == errPanic {
				words = "photo-1 fails: a panic"
			}
			r.Does(group, words)
			r.answers(calls, failure)
		}
		r.develops(group, "the message that failed twice comes a third time")
		r.put(1)
		r.develops(group, "the consumer goes on")
		r.settled(conn)
		require.True(t, g.Stop(t.Context()) == nil, "Stop returns nil")
		r.once(group, "after a message failed twice")
	})
}

func TestMistakesPanic(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Mistakes")
		conn := r.Dial()
		ignore := func(competing.Message) error { return nil }
		panics := func(doing string, f func()) {
			message, _ := check.PanicOf(f)
			require.Contains(t, message, "competing", "the panic of %s", doing)
		}
		panics("NewGroup with a nil connection", func() { competing.NewGroup(nil, queue, 1, ignore) })
		panics("NewGroup without a queue", func() { competing.NewGroup(conn, "", 1, ignore) })
		panics("NewGroup with a prefetch of 0", func() { competing.NewGroup(conn, queue, 0, ignore) })
		panics("NewGroup with a nil handler", func() { competing.NewGroup(conn, queue, 1, nil) })
		g := competing.NewGroup(conn, queue, 1, ignore)
		panics("Scale(-1)", func() { _ = g.Scale(-1) })
	})
}
