package exchanges_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
)

func TestStopFinishesAndGivesBack(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn := b.Dial()
		working, stopping, release := make(chan struct{}, 10), make(chan struct{}, 10), make(chan struct{})
		var before book
		s := b.subscribe(exchanges.New(conn), ledger, func(ctx context.Context, e exchanges.Event) error {
			working <- struct{}{}
			<-ctx.Done()
			stopping <- struct{}{}
			<-release
			before.note(e)
			return nil
		})
		var purchases []string
		for i := range 5 {
			purchases = append(purchases, fmt.Sprint("p-", i))
			require.True(t, b.send(exchanges.AuditExchange, "", purchases[i]), "the service's queue is bound")
		}
		await(b, working, "the handler is called")
		tale := b.story("An instance is stopped while its handler is at work", ledger.Queue(), "instance 1")
		tale.tells(ledger.Queue(), "delivers p-0", "instance 1", "the handler is called")
		s.stop()
		tale.does("instance 1", "the context ends")
		promptly(b, stopping, "the handler's context ends with the subscription's")
		b.settle(conn)
		if len(s.done) > 0 {
			tale.does("instance 1", "Wait returns")
		}
		require.True(t, len(s.done) == 0, "Wait does not return while the handler is at work")
		close(release)
		result := s.ended()
		tale.does("instance 1", "the handler returns nil")
		tale.does("instance 1", "Wait returns")

		b.noConsumer(ledger.Queue())
		handled := len(before.counts())
		require.True(t, handled > 0, "the handler call in progress finishes")
		b.soon(func() bool { return handled+b.queue(ledger.Queue()).Messages == len(purchases) })
		require.True(t, handled+b.queue(ledger.Queue()).Messages == len(purchases),
			"when Wait has returned, each of the messages was either handled or is back in the queue")
		require.Equal(t, "nil", outcome(result), "Wait after the context has ended")

		require.True(t, b.send(exchanges.AuditExchange, "", "p-late"), "a service whose instances have stopped keeps its queue")
		purchases = append(purchases, "p-late")
		s = b.subscribe(exchanges.New(b.Dial()), ledger, before.handle)
		b.until(func() bool { return before.has(purchases) }, "the next instance handles what was left in the queue")
		s.end()
		require.Equal(t, once(purchases), before.counts(), "how often each message was handled, before and after the stop")
		b.holds(0, ledger.Queue(), "after all were handled")
	})
}

func TestLossEndsTheSubscription(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn, wire := b.dialTapped()
		client := exchanges.New(conn)

		deleted := b.subscribe(client, ledger, ignore)
		require.Equal(t, 1, b.queue(ledger.Queue()).Consumers, "consumers of a running subscription")
		_, err := b.channel().QueueDelete(ledger.Queue(), false, false, false)
		b.own(err, "delete a queue")
		require.True(t, await(b, deleted.done, "Wait returns after the queue was deleted") != nil,
			"Wait returns an error after the queue was deleted")
		require.False(t, conn.IsClosed(), "the connection is open after a queue was deleted")

		lost := b.subscribe(client, ledger, ignore)
		sent := wire.when("unanswered", func() { b.fault(b.Mute) })
		answer := make(chan error, 1)
		go func() { answer <- client.Publish(t.Context(), toAll, event("unanswered")) }()
		await(b, sent, "the message is sent")
		b.fault(b.Cut)
		require.True(t, await(b, lost.done, "Wait returns after the connection was lost") != nil,
			"Wait returns an error after the connection was lost")
		await(b, answer, "Publish returns after the connection was lost")
		b.until(conn.IsClosed, "the connection is closed")
		nothingLeft(b)
	})
}

// nothingLeft fails the check if goroutines of the subject stay although its connection is gone.
func nothingLeft(b *broker) {
	b.t.Helper()
	b.soon(func() bool { return len(subjectGoroutines()) == 0 })
	if len(subjectGoroutines()) == 0 {
		return
	}
	check.Cause(b.t, check.GoroutineLeak)
	check.Show(b.t, check.Evidence{
		Kind: "goroutines", Title: "Goroutines of yours that are left", Text: strings.Join(subjectGoroutines(), "\n"),
	})
	require.FailNow(b.t, "goroutines are left although every subscription has ended and the connection is lost")
}

// subjectGoroutines lists the functions of the subject in which goroutines are, or by which they were started.
func subjectGoroutines() []string {
	const subject = "scalelab/labs/ch07-messaging/exchanges."
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	var functions []string
	for goroutine := range strings.SplitSeq(stacks, "\n\n") {
		for line := range strings.Lines(goroutine) {
			line, startedBy := strings.CutPrefix(line, "created by ")
			if function, ours := strings.CutPrefix(line, subject); ours {
				functions = append(functions, describe(function, startedBy))
				break
			}
		}
	}
	slices.Sort(functions)
	return slices.Compact(functions)
}

// describe takes arguments and numbers out of a line of a stack.
func describe(line string, startedBy bool) string {
	if startedBy {
		function, _, _ := strings.Cut(line, " in goroutine")
		return "started by " + function
	}
	return "in " + line[:strings.LastIndex(line, "(")]
}
