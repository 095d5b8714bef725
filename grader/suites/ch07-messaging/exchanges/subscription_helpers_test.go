package exchanges_test

import (
	"context"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check/messaging"
)

// book counts how often each purchase was handled.
type book struct{ messaging.Count }

// note counts a purchase and returns how often it has come.
func (k *book) note(e exchanges.Event) int { return k.Add(e.Purchase) }

// handle is a handler that succeeds.
func (k *book) handle(_ context.Context, e exchanges.Event) error {
	k.note(e)
	return nil
}

// subscription is a running subscription that a check can stop.
type subscription struct {
	b      *broker
	stop   context.CancelFunc
	handle *exchanges.Handle
	done   chan error // what Wait returned
}

// errand is the key of a value that a subscription's context carries.
type errand struct{}

// subscribe starts a subscription; stopping it is left to the check.
func (b *broker) subscribe(client *exchanges.Client, sub exchanges.Subscription, handler exchanges.Handler) *subscription {
	b.T.Helper()
	ctx, stop := context.WithCancel(context.WithValue(b.T.Context(), errand{}, "ledger"))
	return b.subscribeUntil(ctx, stop, client, sub, handler)
}

// subscribeUntil is subscribe with a context that something else may end, too. It waits for the consumer to appear: whether
// Subscribe has done so is a rule of its own (TestOneCallAtATime), and the other checks shall not depend on chance.
func (b *broker) subscribeUntil(
	ctx context.Context, stop context.CancelFunc, client *exchanges.Client, sub exchanges.Subscription, handler exchanges.Handler,
) *subscription {
	b.T.Helper()
	before := b.Peek(sub.Queue()).Consumers
	handle, err := client.Subscribe(ctx, sub, handler)
	require.Equal(b.T, "nil", outcome(err), "Subscribe with %+v", sub)
	s := &subscription{b: b, stop: stop, handle: handle, done: make(chan error, 1)}
	go func() { s.done <- handle.Wait() }()
	consumes := func() bool { return len(s.done) > 0 || b.Peek(sub.Queue()).Consumers > before }
	if !b.elsewhere {
		b.Soon(consumes)
		b.elsewhere = !consumes()
	}
	return s
}

// end stops the subscription and waits until it has ended. What Wait returns then is a rule of its own, and so is what becomes of a handler
// call that has not quite returned: there is time for its acknowledgement.
func (s *subscription) end() {
	s.b.T.Helper()
	s.b.RoundTrips(messaging.Rounds)
	s.stop()
	s.ended()
}

// ended waits for the end of a subscription that was stopped and tells what Wait returned.
func (s *subscription) ended() error {
	s.b.T.Helper()
	return messaging.Await(s.b.Broker, s.done, "Wait returns after the context has ended")
}

// again calls Wait of a subscription that has ended, from two goroutines at once, and demands that each gets the same as the one before.
func (s *subscription) again(before error, when string) {
	s.b.T.Helper()
	results := make(chan error, 2)
	for range 2 {
		go func() { results <- s.handle.Wait() }()
	}
	for range 2 {
		result := messaging.Promptly(s.b.Broker, results, "another Wait returns "+when)
		require.Equal(s.b.T, outcome(before), outcome(result), "what another Wait returns %s: each gets the same", when)
	}
}
