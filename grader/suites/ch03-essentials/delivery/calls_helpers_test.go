package delivery_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
)

// call is a call of Send, Receive or Close in a goroutine of its own.
type call struct {
	what string
	done chan struct{}
	msg  string
	err  error
	took time.Duration
}

// call calls f, and notes in the picture when it began and what it returned.
func (s *scene) call(host, what string, f func() (string, error)) *call {
	c := &call{what: what, done: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(c.done)
		s.note(host, what)
		c.msg, c.err = f()
		c.took = time.Since(began)
		s.note(host, c.what+" = "+s.result(c))
	}()
	return c
}

func (s *scene) result(c *call) string {
	if c.err == nil && c.what == "Receive" {
		return s.names.of(c.msg)
	}
	return wordFor(c.err)
}

func (c *call) returned() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *call) outcome() string {
	if !c.returned() {
		return "has not returned"
	}
	return wordFor(c.err)
}

// errState is what State.Deliver fails with when a scene says so.
var errState = errors.New("the database is down")

// wordFor words an error in the same way in every run.
func wordFor(err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{
		{delivery.ErrClosed, "ErrClosed"}, {delivery.ErrTooLarge, "ErrTooLarge"}, {errState, "the error of State.Deliver"},
		{context.Canceled, "context.Canceled"}, {context.DeadlineExceeded, "context.DeadlineExceeded"},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	if err != nil {
		return "another error"
	}
	return "nil"
}

// settles expects that a call has returned, with this error.
func (s *scene) settles(c *call, want error, rule string, args ...any) {
	s.t.Helper()
	synctest.Wait()
	s.same(wordFor(want), c.outcome(), rule, args...)
}

// waits expects that a call has not returned.
func (s *scene) waits(c *call, rule string, args ...any) {
	s.t.Helper()
	synctest.Wait()
	s.same("has not returned", c.outcome(), rule, args...)
}

// sender is a sender on the lift.
type sender struct {
	*delivery.Sender
	scene   *scene
	antenna *antenna
}

// sender starts a sender, with the default epoch unless one is given.
func (s *scene) sender(epoch ...uint64) *sender {
	opts := delivery.Options{Guarantee: s.guarantee, Window: s.window, Retry: retry, Epoch: 1}
	if len(epoch) > 0 {
		opts.Epoch = epoch[0]
	}
	a := s.antenna(lift)
	from := &sender{delivery.NewSender(a, toValley, opts), s, a}
	s.senders = append(s.senders, from)
	return from
}

func (f *sender) send(msg string) *call { return f.sendUntil(f.scene.ctx, msg) }

func (f *sender) sendUntil(ctx context.Context, msg string) *call {
	return f.scene.call(lift, "Send "+f.scene.names.of(msg), func() (string, error) { return "", f.Send(ctx, []byte(msg)) })
}

// stop closes the sender.
func (f *sender) stop() {
	f.scene.stop(lift, f.antenna, f.Close)
	f.scene.senders = slices.DeleteFunc(f.scene.senders, func(other *sender) bool { return other == f })
}

// receiver is a receiver in the valley, with all that its Receive has returned.
type receiver struct {
	*delivery.Receiver
	scene   *scene
	antenna *antenna

	mu       sync.Mutex
	received [][]byte
	failed   int // calls that returned the error of State.Deliver
}

// receiver starts a receiver; state may be nil unless it promises exactly once.
func (s *scene) receiver(state *ledger) *receiver {
	opts := delivery.Options{Guarantee: s.guarantee, Window: s.window}
	if state != nil {
		opts.State = state
	}
	a := s.antenna(valley)
	to := &receiver{Receiver: delivery.NewReceiver(a, toLift, opts), scene: s, antenna: a}
	s.receivers = append(s.receivers, to)
	return to
}

// receive calls Receive once.
func (r *receiver) receive(ctx context.Context) *call {
	return r.scene.call(valley, "Receive", func() (string, error) { return r.take(ctx) })
}

// loop calls Receive until the receiver is closed.
func (r *receiver) loop() {
	go func() {
		for {
			msg, err := r.take(r.scene.ctx)
			switch {
			case err == nil:
				r.scene.note(valley, "Receive = "+r.scene.names.of(msg))
			case errors.Is(err, errState):
				r.scene.note(valley, "Receive = "+wordFor(err))
			default:
				return
			}
		}
	}()
}

func (r *receiver) take(ctx context.Context) (string, error) {
	msg, err := r.Receive(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.received = append(r.received, msg)
	case errors.Is(err, errState):
		r.failed++
	}
	return string(msg), err
}

// got is what Receive has returned so far, in order. The bytes are looked at now.
func (r *receiver) got() []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	got := []string{}
	for _, msg := range r.received {
		got = append(got, string(msg))
	}
	return got
}

// times is how often Receive has returned a message.
func (r *receiver) times(msg string) int { return times(r.got(), msg) }

func times(all []string, msg string) int {
	n := 0
	for _, one := range all {
		if one == msg {
			n++
		}
	}
	return n
}

// stop closes the receiver.
func (r *receiver) stop() {
	r.scene.stop(valley, r.antenna, r.Close)
	r.scene.receivers = slices.DeleteFunc(r.scene.receivers, func(other *receiver) bool { return other == r })
}
