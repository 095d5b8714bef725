package channelpool_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestReuseBeforeCreate(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "Two gates, one after the other and then at once", channelpool.Options{Max: 3, MaxIdle: 3}, 0)
		s.onWire(0, 0, "after New")
		s.stats(channelpool.Stats{}, "after New")
		for range 3 {
			ch := s.borrow("gate 1")
			s.onWire(1, 1, "when one at a time borrows")
			s.stats(channelpool.Stats{Open: 1, InUse: 1}, "while one channel is lent")
			s.gives("gate 1", ch)
			s.stats(channelpool.Stats{Open: 1, Idle: 1}, "after Return")
		}
		first, second := s.borrow("gate 1"), s.borrow("gate 2")
		require.False(t, first == second, "two goroutines that borrow at once get the same channel")
		s.onWire(2, 2, "when two have borrowed at once")
		s.stats(channelpool.Stats{Open: 2, InUse: 2}, "while two channels are lent")
		s.gives("gate 1", first)
		s.stats(channelpool.Stats{Open: 2, Idle: 1, InUse: 1}, "while one of two channels is lent")
		s.gives("gate 2", second)
		s.borrow("gate 1")
		s.borrow("gate 2")
		s.onWire(2, 2, "when two idle channels are lent again")

		for _, wrong := range []struct {
			conn *amqp.Connection
			opts channelpool.Options
		}{
			{nil, channelpool.Options{Max: 1, MaxIdle: 1}},
			{s.conn, channelpool.Options{Max: 0, MaxIdle: 1}},
			{s.conn, channelpool.Options{Max: 1, MaxIdle: -1}},
		} {
			message, _ := check.PanicOf(func() { channelpool.New(wrong.conn, wrong.opts) })
			require.Contains(t, message, "channelpool", "the panic of New without a connection, with Max 0 or with MaxIdle -1")
		}
	})
}

func TestNeverMoreThanMax(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const most, gates = 3, 12
		opts := channelpool.Options{Max: most, MaxIdle: most}
		s := open(t, "Many gates at once", opts, 0)
		s.Does("gates 1 to 12", "borrow at once, again and again")
		exceeded, tidy := false, true
		for range 20 {
			before := s.wire.restart()
			p := channelpool.New(s.conn, opts)
			messaging.Await(s.Broker, rush(gates, func() {
				for range 3 {
					_ = p.With(t.Context(), func(*amqp.Channel) error { return nil })
				}
			}), "everybody who borrows is served")
			_ = p.Close()
			if tidy { // whether Close closes, and when, is a matter of other checks
				s.Soon(func() bool { return s.wire.seen().open == 0 })
				tidy = s.wire.seen().open == 0
			}
			if exceeded = s.wire.seen().most > most+before.open; exceeded {
				break
			}
		}
		if exceeded {
			s.Tells(pool, "channel.open, more than Max times", "broker", "more than 3 channels are open at once")
		}
		require.False(t, exceeded, "more than Max channels are open at once when many borrow at once: Max is 3")

		s.Soon(func() bool { return s.wire.seen().open == 0 }) // what is still closing does not count
		before := s.wire.seen()
		for i := range most {
			s.borrow(fmt.Sprint("gate ", i+1))
		}
		s.waits(t.Context(), "gate 4")
		s.onWire(before.opened+most, before.open+most, "when Max are lent and one more borrows")
		s.stats(channelpool.Stats{Open: most, InUse: most, Waiting: 1}, "when Max are lent and one more borrows")
	})
}

// rush calls do in n goroutines that start together.
func rush(n int, do func()) (ended <-chan struct{}) {
	start, done := make(chan struct{}), make(chan struct{}, 1)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			<-start
			do()
		})
	}
	close(start)
	go func() { wg.Wait(); done <- struct{}{} }()
	return done
}

func TestWaitersAreServedInOrder(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "A queue of gates", channelpool.Options{Max: 1, MaxIdle: 1}, 0)
		ch := s.borrow("gate 0")
		var queue []*call
		for i := range 5 {
			queue = append(queue, s.waits(t.Context(), fmt.Sprint("gate ", i+1)))
			s.stats(channelpool.Stats{Open: 1, InUse: 1, Waiting: i + 1}, "while others wait")
		}
		before := "gate 0"
		for i, next := range queue {
			s.gives(before, ch)
			s.Soon(func() bool { return anyDone(queue[i:]) })
			if len(next.done) == 0 {
				s.Look(next.who, "has waited longest, and is not served")
			}
			require.True(t, len(next.done) > 0, "the Borrow that has waited longest is served first")
			ch = s.gets(next, "the Borrow that has waited longest is served first")
			before = next.who
		}
		s.onWire(1, 1, "when one channel went from hand to hand")
		s.gives(before, ch)
		s.nobodyOvertakes()
	})
}

// nobodyOvertakes lets somebody who gives back want the channel again at once, while another one waits. A pool that wakes the one
// who waits, and lets him look for the channel himself, has it taken by who is awake.
func (s *scene) nobodyOvertakes() {
	s.T.Helper()
	ch := s.borrow("gate 1")
	for range 20 {
		waiting := s.parks(s.T.Context(), "gate 2")
		again := newCall("gate 1")
		go func() {
			s.pool.Return(ch)
			again.borrow(s.T.Context(), s.pool)
		}()
		s.Soon(func() bool { return len(waiting.done) > 0 || len(again.done) > 0 })
		overtaken := len(again.done) > 0
		if overtaken {
			s.Does("gate 2", "Borrow: waits")
			s.Does("gate 1", "Return, and Borrow again at once")
			s.Look("gate 1", "is lent the channel again; gate 2 still waits")
		}
		require.False(s.T, overtaken, "a Borrow that began while another one waited has overtaken it")
		first := messaging.Promptly(s.Broker, waiting.done, "a Borrow that waits is served when a channel is returned")
		s.pool.Return(first.ch)
		ch = messaging.Promptly(s.Broker, again.done, "the next Borrow that waits is served").ch
	}
}

// anyDone says whether one of the calls has ended.
func anyDone(calls []*call) bool {
	return slices.ContainsFunc(calls, func(c *call) bool { return len(c.done) > 0 })
}

func TestKeepsAtMostMaxIdle(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, keep := range []int{1, 0} {
			act(t, fmt.Sprintf("Three channels come back, %d may stay", keep), channelpool.Options{Max: 3, MaxIdle: keep}, 0, func(s *scene) {
				s.keeps(keep)
			})
		}
		act(t, "One channel comes back that may not stay, and the broker is slow to answer", channelpool.Options{Max: 1}, 0, func(s *scene) {
			ch := s.borrow("gate 1")
			s.waitsForTheBroker("gate 1", "Return "+s.name(ch), func() { s.pool.Return(ch) })
		})
	})
}

// keeps lends three channels and takes them back.
func (s *scene) keeps(keep int) {
	s.T.Helper()
	var channels []*amqp.Channel
	for i := range 3 {
		channels = append(channels, s.borrow(fmt.Sprint("gate ", i+1)))
	}
	for i, ch := range channels {
		s.gives(fmt.Sprint("gate ", i+1), ch)
	}
	s.onWire(3, keep, fmt.Sprintf("when three came back and MaxIdle is %d", keep))
	s.stats(channelpool.Stats{Open: keep, Idle: keep}, fmt.Sprintf("when three came back and MaxIdle is %d", keep))
	for i := range 3 {
		channels[i] = s.borrow(fmt.Sprint("gate ", i+1))
	}
	s.onWire(6-keep, 3, "when three are lent again")
	s.stats(channelpool.Stats{Open: 3, InUse: 3}, "when three are lent again: closed channels have left their places")
	waiting := s.waits(s.T.Context(), "gate 4")
	s.gives("gate 1", channels[0])
	s.gets(waiting, "a Borrow that waits is served, whatever MaxIdle is")
}
