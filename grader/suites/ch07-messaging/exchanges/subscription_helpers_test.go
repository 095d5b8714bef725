package exchanges_test

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
)

// book counts how often each purchase was handled.
type book struct {
	mu    sync.Mutex
	count map[string]int
}

// note counts a purchase and returns how often it has come.
func (k *book) note(e exchanges.Event) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count == nil {
		k.count = map[string]int{}
	}
	k.count[e.Purchase]++
	return k.count[e.Purchase]
}

// handle is a handler that succeeds.
func (k *book) handle(_ context.Context, e exchanges.Event) error {
	k.note(e)
	return nil
}

// counts returns a copy of what was counted.
func (k *book) counts() map[string]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.count)
}

// has says whether each of the purchases was handled at least once.
func (k *book) has(purchases []string) bool {
	counts := k.counts()
	return !slices.ContainsFunc(purchases, func(p string) bool { return counts[p] == 0 })
}

// once is what counts returns if each of the purchases was handled exactly once.
func once(purchases []string) map[string]int {
	counts := map[string]int{}
	for _, p := range purchases {
		counts[p] = 1
	}
	return counts
}

// subscription is a running subscription that a check can stop.
type subscription struct {
	b    *broker
	stop context.CancelFunc
	done chan error // what Wait returned
}

// subscribe starts a subscription; stopping it is left to the check.
func (b *broker) subscribe(client *exchanges.Client, sub exchanges.Subscription, handler exchanges.Handler) *subscription {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	return b.subscribeUntil(ctx, stop, client, sub, handler)
}

// subscribeUntil is subscribe with a context that something else may end, too. It waits for the consumer to appear: whether
// Subscribe has done so is a rule of its own (TestOneCallAtATime), and the other checks shall not depend on chance.
func (b *broker) subscribeUntil(
	ctx context.Context, stop context.CancelFunc, client *exchanges.Client, sub exchanges.Subscription, handler exchanges.Handler,
) *subscription {
	b.t.Helper()
	before := b.peek(sub.Queue()).Consumers
	handle, err := client.Subscribe(ctx, sub, handler)
	require.Equal(b.t, "nil", outcome(err), "Subscribe with %+v", sub)
	s := &subscription{b: b, stop: stop, done: make(chan error, 1)}
	go func() { s.done <- handle.Wait() }()
	b.soon(func() bool { return len(s.done) > 0 || b.peek(sub.Queue()).Consumers > before })
	return s
}

// end stops the subscription and waits until it has ended. What Wait returns then is a rule of its own.
func (s *subscription) end() {
	s.b.t.Helper()
	s.stop()
	s.ended()
}

// ended waits for the end of a subscription that was stopped and tells what Wait returned.
func (s *subscription) ended() error {
	s.b.t.Helper()
	return await(s.b, s.done, "Wait returns after the context has ended")
}
