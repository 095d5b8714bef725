package safeconsume_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safeconsume"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

const (
	queue    = "passes"
	consumer = "consumer" // the subject's lane
)

// rig is a queue, and a subject that consumes from it under the check's command.
type rig struct {
	*messaging.Broker
	*messaging.Story
	prefetch int
	stop     context.CancelFunc
	events   chan event
	over     chan struct{} // closed when the check has ended: whoever waits for the check goes on

	mu    sync.Mutex
	conns []*amqp.Connection
	acks  int // that the subject has sent, over all connections

	strange []string // what was called with a context that does not carry what Run's context carries
}

// event is something that the subject does. Where it waits for the check, the answer lets it go on.
type event struct {
	what   string // "dial", "back-off 1", "handle p-1", "return nil"
	ctx    context.Context
	answer chan error
}

// open returns a rig with an empty queue; the subject does not run yet.
func open(t *check.T, title string, prefetch int) *rig {
	r := &rig{
		Broker: messaging.Open(t), Story: messaging.Tell(t, title, queue, consumer), prefetch: prefetch,
		events: make(chan event, 10_000), over: make(chan struct{}),
	}
	t.Cleanup(func() { close(r.over) })
	r.Broker.Declare(queue, nil)
	return r
}

// put publishes messages into the queue.
func (r *rig) put(ids ...string) {
	r.T.Helper()
	for _, id := range ids {
		routed := r.Publish("", queue, amqp.Publishing{DeliveryMode: amqp.Persistent, MessageId: id, Body: []byte("pass for " + id)})
		require.True(r.T, routed, "the queue is there")
		r.Does(queue, "gets "+id)
	}
}

// start runs the subject.
func (r *rig) start() {
	r.T.Helper()
	ctx, stop := context.WithCancel(context.WithValue(context.Background(), errand{}, "passes"))
	r.startUntil(ctx, stop)
}

func (r *rig) startUntil(ctx context.Context, stop context.CancelFunc) {
	r.T.Helper()
	r.stop = stop
	r.T.Cleanup(stop)
	c := safeconsume.NewConsumer(r.dial, safeconsume.Options{Queue: queue, Prefetch: r.prefetch, Backoff: r.backoff})
	go func() {
		err := c.Run(ctx, r.handler)
		result := "return nil"
		if err != nil {
			result = "return an error"
		}
		r.events <- event{what: result}
	}()
}

// report tells the check what the subject does, and waits for its answer, but not longer than until.
func (r *rig) report(ctx context.Context, what string, until <-chan struct{}) error {
	e := event{what, ctx, make(chan error, 1)}
	r.events <- e
	select {
	case err := <-e.answer:
		return err
	case <-until:
		return ctx.Err()
	case <-r.over:
		return errOver
	}
}

// errand is the key of a value that the subject's context carries.
type errand struct{}

// carried notes whether a context carries what Run's context carries.
func (r *rig) carried(ctx context.Context, what string) {
	if ctx.Value(errand{}) == "passes" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strange = append(r.strange, what)
}

func (r *rig) backoff(ctx context.Context, failures int) {
	_ = r.report(ctx, fmt.Sprint("back-off ", failures), ctx.Done())
}

// handler waits for the check, whatever its context says: it is a printer.
func (r *rig) handler(ctx context.Context, m safeconsume.Message) error {
	r.carried(ctx, "a handler")
	err := r.report(ctx, "handle "+m.ID, nil)
	if errors.Is(err, errPanic) {
		panic("the printer is on fire")
	}
	return err
}

var (
	errJammed = errors.New("the printer is jammed")
	errPanic  = errors.New("panic")
	errDown   = errors.New("the broker is down")
	errOver   = errors.New("the check has ended")
)

// next waits for what the subject does next and demands that it is this.
func (r *rig) next(expected, when string) event {
	r.T.Helper()
	e := r.due()
	r.is(e, expected, when)
	return e
}

// due waits for what the subject does next. It is fair to wait only for what is due: the subject has all it needs.
func (r *rig) due() event {
	r.T.Helper()
	r.Soon(func() bool { return len(r.events) > 0 })
	select {
	case e := <-r.events:
		return e
	default:
		return event{what: "nothing"}
	}
}

// is draws an event, and demands that it is this.
func (r *rig) is(got event, expected, when string) {
	r.T.Helper()
	r.tell(got.what)
	if got.what != expected {
		r.Expected(expected, got.what)
	}
	require.Equal(r.T, expected, got.what, "what the consumer does next %s", when)
}

// tell draws an event.
func (r *rig) tell(what string) {
	if id, handles := strings.CutPrefix(what, "handle "); handles {
		r.Tells(queue, "delivers "+id, consumer, "handles "+id)
		return
	}
	r.Does(consumer, what)
}

// connects lets the next dial succeed, and waits until the subject consumes or does something else.
func (r *rig) connects(when string) {
	r.T.Helper()
	r.next("dial", when).answer <- nil
	r.dialled()
}

// dialled waits for what the broker has to do when a dial was allowed: the subject consumes then, or does something else.
func (r *rig) dialled() {
	r.T.Helper()
	r.Until(func() bool { return len(r.events) > 0 || r.Peek(queue).Consumers > 0 }, "the consumer consumes from "+queue)
}

// done lets a handler return nil, and waits until the acknowledgement is with the broker. Whether there is one is a matter of the checks that
// look at the queue then.
func (r *rig) done(e event) {
	r.T.Helper()
	before := r.acked()
	r.answers(e, nil)
	r.Soon(func() bool { return r.acked() > before })
	r.settled()
}

// settled waits until all that the subject has sent is with the broker, and all that the broker has sent to it has arrived.
func (r *rig) settled() {
	r.T.Helper()
	require.True(r.T, r.Settle(r.conn()), "the consumer's connection is open as long as it consumes")
}

// answers lets a handler return.
func (r *rig) answers(e event, result error) {
	r.T.Helper()
	id, _ := strings.CutPrefix(e.what, "handle ")
	switch {
	case errors.Is(result, errPanic):
		r.Does(consumer, id+" panics")
	case result != nil:
		r.Does(consumer, id+" fails: an error")
	default:
		r.Does(consumer, id+" is done: nil")
	}
	e.answer <- result
}

// cut breaks the connection and waits until the broker has taken back what was not acknowledged. The subject does not get beyond
// its back-off meanwhile, so nothing is delivered.
func (r *rig) cut() {
	r.T.Helper()
	r.Loses(r.Does(consumer, "✂ the connection is lost"), queue, "")
	r.Fault(r.Cut)
	r.Until(func() bool { return r.Queue(queue).Consumers == 0 }, "the broker notices that the connection is lost")
}

// backsOff waits for the back-off after a cut.
func (r *rig) backsOff() event {
	r.T.Helper()
	return r.next("back-off 1", "after its connection was lost")
}

// ready demands that this many messages lie in the queue.
func (r *rig) ready(expected int, when string) {
	r.T.Helper()
	r.Ready(r.Broker, queue, expected, when)
}

// pauses demands that the subject backs off and does nothing beside it. In which order two things come that it does at once is chance.
func (r *rig) pauses(backoff string) event {
	r.T.Helper()
	r.Soon(func() bool { return len(r.events) > 0 })
	r.settled()
	all := make([]event, len(r.events))
	for i := range all {
		all[i] = <-r.events
	}
	slices.SortFunc(all, func(a, b event) int { return strings.Compare(a.what, b.what) }) // "back-off" is before "handle"
	all = append(all, event{what: "nothing"})
	r.is(all[0], backoff, "after the handler has failed")
	if len(all) > 2 {
		r.idles(all[1], "while the back-off after a failure lasts")
	}
	return all[0]
}

// quiet demands that the subject does nothing more: what it has sent, and what the broker has sent to it, has arrived.
func (r *rig) quiet(when string) {
	r.T.Helper()
	r.settled()
	select {
	case e := <-r.events:
		r.idles(e, when)
	default:
	}
}

// idles fails the check: the subject should do nothing.
func (r *rig) idles(e event, when string) {
	r.T.Helper()
	r.tell(e.what)
	r.Expected("nothing", e.what)
	require.Equal(r.T, "nothing", e.what, "what the consumer does %s", when)
}

// ends stops the subject and waits until Run has returned.
func (r *rig) ends() {
	r.T.Helper()
	r.Does(consumer, "the context ends")
	r.stop()
	r.returns()
	r.NoConsumer(queue, "after Run has returned")
}

// returns waits until a subject that was stopped returns. It may back off before, or try to dial: neither waits any longer.
func (r *rig) returns() {
	r.T.Helper()
	e := r.due()
	for range 10 {
		if e.answer == nil || strings.HasPrefix(e.what, "handle ") {
			break
		}
		e = r.due()
	}
	r.is(e, "return nil", "after its context has ended")
}
