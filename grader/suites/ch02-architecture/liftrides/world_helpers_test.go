package liftrides_test

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// patient are options under which nothing happens by itself: whatever a check sees is the broker's or the store's doing.
var patient = liftrides.Options{ConfirmTimeout: time.Hour, BatchSize: 2, BatchDelay: time.Hour, Backoff: time.Hour}

// world is a broker with the queues, and a store.
type world struct {
	*messaging.Broker
	store *store
	story *messaging.Story
}

// open declares the queues with room for that many rides.
func open(t *check.T, limit int, title string) *world {
	t.Helper()
	w := &world{Broker: messaging.Open(t), store: newStore(t)}
	w.tells(title)
	w.declares(w.Dial(), limit)
	return w
}

// tells begins a story.
func (w *world) tells(title string) { w.story = messaging.Tell(w.T, title, gate, service, queue) }

func (w *world) declares(conn *amqp.Connection, limit int) {
	w.T.Helper()
	ch, err := conn.Channel()
	w.Own(err, "open a channel")
	require.True(w.T, liftrides.Declare(ch, limit) == nil, "Declare returns nil, the first time and again")
	require.True(w.T, ch.Close() == nil, "the channel is usable after Declare")
}

// service is one on that connection.
func (w *world) service(conn *amqp.Connection, opts liftrides.Options) *liftrides.Service {
	w.T.Helper()
	s, err := liftrides.New(conn, w.store, opts)
	require.True(w.T, err == nil, "New returns nil on an open connection")
	return s
}

// posts sends a ride that must be answered like that.
func (w *world) posts(s *liftrides.Service, r liftrides.Ride, want, rule string) {
	w.T.Helper()
	got := messaging.Await(w.Broker, posting(w.T.Context(), s, r), "a POST is answered")
	w.answered(w.sends(r, "publishes it"), got)
	w.expect(want, got, rule)
}

// sends draws a request.
func (w *world) sends(r liftrides.Ride, then string) int {
	return w.story.Tells(gate, "POST "+r.ID, service, then)
}

func (w *world) answered(step int, got string) { w.story.Answers(step, gate, "is told "+got) }

func (w *world) expect(want, got, rule string) {
	w.T.Helper()
	same(w.T, w.story, want, got, rule)
}

// same fails the check unless the texts are equal; the picture says both.
func same(t *check.T, story *messaging.Story, want, got, rule string) {
	t.Helper()
	if want != got {
		story.Expected(want, got)
	}
	require.Equal(t, want, got, rule)
}

// running is a Run under way.
type running struct {
	stop  context.CancelFunc
	ended chan error
}

// run starts one, and waits until it consumes.
func (w *world) run(s *liftrides.Service) *running {
	w.T.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{stop, make(chan error, 1)}
	before := w.Queue(liftrides.Queue).Consumers
	go func() { r.ended <- s.Run(ctx) }()
	w.T.Cleanup(stop)
	w.Soon(func() bool { return len(r.ended) > 0 || w.Queue(liftrides.Queue).Consumers > before })
	return r
}
