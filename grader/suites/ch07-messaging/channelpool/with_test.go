package channelpool_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// end is how With has ended.
type end struct {
	result string // as outcome
	panic  any
	goexit bool
}

func TestWithReturnsTheChannel(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "With, and a function that ends in one way or another", channelpool.Options{Max: 1, MaxIdle: 1}, 0)
		for _, c := range []struct {
			how  string
			use  func(*amqp.Channel) error
			want end
		}{
			{"returns nil", func(*amqp.Channel) error { return nil }, end{result: "nil"}},
			{"returns an error", func(*amqp.Channel) error { return fmt.Errorf("gate 7: %w", errJammed) }, end{result: "the function's error"}},
			{"panics", func(*amqp.Channel) error { panic(errJammed) }, end{panic: errJammed}},
			{"calls runtime.Goexit", func(*amqp.Channel) error { runtime.Goexit(); return nil }, end{goexit: true}},
		} {
			got := s.with(c.how, c.use)
			s.stats(channelpool.Stats{Open: 1, Idle: 1}, "after With whose function "+c.how)
			require.True(t, c.want == got, "With whose function %s: want %s, got %s", c.how, c.want, got)
		}
		s.onWire(1, 1, "when With was called four times, one after the other")

		done, cancel := context.WithCancel(t.Context())
		cancel()
		called := false
		err := s.pool.With(done, func(*amqp.Channel) error { called = true; return nil })
		require.Equal(t, "context.Canceled", outcome(err), "With whose context is done")
		require.False(t, called, "With whose context is done calls the function")
		message, _ := check.PanicOf(func() { _ = s.pool.With(t.Context(), nil) })
		require.Contains(t, message, "channelpool", "the panic of With without a function")
		s.stats(channelpool.Stats{Open: 1, Idle: 1}, "after calls of With that call nothing")
	})
}

// with calls With in a goroutine of its own, which the function may end.
func (s *scene) with(how string, use func(*amqp.Channel) error) end {
	s.T.Helper()
	ends := make(chan end, 1)
	go func() {
		e := end{goexit: true}
		defer func() {
			if p := recover(); p != nil {
				e = end{panic: p}
			}
			ends <- e
		}()
		err := s.pool.With(s.T.Context(), use)
		e = end{result: outcome(err)}
		if err == nil {
			e.result = "nil"
		}
	}()
	e := messaging.Promptly(s.Broker, ends, "With ends when its function does")
	s.Does("gate 1", "With: the function "+how)
	return e
}

// String says it in the student's words.
func (e end) String() string {
	switch {
	case e.goexit:
		return "the end of the goroutine"
	case e.panic == errJammed:
		return "a panic with the function's value"
	case e.panic != nil:
		return "a panic with another value"
	}
	return e.result
}

func TestReturnRefusesWhatIsNotLent(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "Returned twice, and a channel from elsewhere", channelpool.Options{Max: 2, MaxIdle: 2}, 0)
		ch := s.borrow("gate 1")
		s.gives("gate 1", ch)
		s.gives("gate 1", ch)
		s.stats(channelpool.Stats{Open: 1, Idle: 1}, "when a channel was returned twice")
		first, second := s.borrow("gate 1"), s.borrow("gate 2")
		if first == second {
			s.Look(pool, "two gates use one channel")
		}
		require.False(t, first == second, "a channel that was returned twice is lent to two at once")

		foreign := s.Channel()
		s.names[foreign] = "a channel from elsewhere"
		waiting := s.waits(t.Context(), "gate 3")
		s.gives("gate 4", foreign)
		s.does("gate 4", "Return nil", func() { s.pool.Return(nil) })
		s.stats(channelpool.Stats{Open: 2, InUse: 2, Waiting: 1}, "when a channel was returned that the pool has never lent")
		require.True(t, foreign.Qos(1, 0, false) == nil, "the pool has closed a channel that is not its own")
		s.gives("gate 1", first)
		ch = s.gets(waiting, "a Borrow that waits is served when a channel is returned")
		require.True(t, ch == first, "a channel that the pool has not opened was lent")

		s.dies(second)
		s.gives("gate 2", second)
		s.gives("gate 2", second)
		s.stats(channelpool.Stats{Open: 1, InUse: 1}, "when a dead channel was returned twice")
		s.borrow("gate 2")
		s.waits(t.Context(), "gate 5")
	})
}
