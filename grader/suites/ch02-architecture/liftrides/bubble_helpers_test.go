package liftrides_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
	"scalelab/pkg/services"
)

// inTime are the options in virtual time.
var inTime = liftrides.Options{ConfirmTimeout: time.Minute, BatchSize: 4, BatchDelay: time.Second, Backoff: 10 * time.Second}

// bubble is a broker, a store and a service in virtual time.
type bubble struct {
	t       *check.T
	server  *services.BubbleRabbitMQServer
	ch      *amqp.Channel // the check's own
	store   *store
	service *liftrides.Service
	story   *messaging.Story
	drawn   int // calls of the store
	began   time.Time
}

// inBubble opens one; nobody consumes yet.
func inBubble(t *check.T, title string) *bubble {
	t.Helper()
	b := &bubble{t: t, server: services.BubbleRabbitMQ(t), store: newStore(t), began: time.Now()}
	b.story = messaging.Tell(t, title, queue, consumer, database)
	own := b.server.Dial()
	var err error
	b.ch, err = own.Channel()
	b.own(err)
	require.True(t, liftrides.Declare(b.ch, 1000) == nil, "Declare returns nil")
	b.service, err = liftrides.New(b.server.Dial(), b.store, inTime)
	require.True(t, err == nil, "New returns nil on an open connection")
	return b
}

func (b *bubble) own(err error) {
	b.t.Helper()
	if err != nil {
		check.Unjudged(b.t, "the suite's own connection to the broker failed")
	}
}

// puts lays rides into the queue, as a service does.
func (b *bubble) puts(rides ...liftrides.Ride) {
	b.t.Helper()
	var ids []string
	for _, r := range rides {
		b.putsBody(r.ID, jsonOf(r))
		ids = append(ids, r.ID)
	}
	b.story.Does(queue, b.clock()+"holds "+strings.Join(ids, " "))
	synctest.Wait()
	b.draw()
}

func (b *bubble) putsBody(id, body string) {
	b.t.Helper()
	b.own(b.ch.PublishWithContext(b.t.Context(), "", liftrides.Queue, false, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: id, Body: []byte(body),
	}))
	b.depth(liftrides.Queue) // a round trip: it has arrived
}

// runs starts a Run, which ends with the check.
func (b *bubble) runs() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.service.Run(ctx) }()
	b.t.Cleanup(func() {
		stop()
		synctest.Wait()
	})
	b.story.Does(consumer, b.clock()+"begins")
	synctest.Wait()
	b.draw()
	if len(ended) > 0 {
		require.FailNow(b.t, "Run goes on until its context ends")
	}
}

// sleep lets virtual time pass.
func (b *bubble) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	b.draw()
}

// draw adds to the picture what the store was asked since.
func (b *bubble) draw() {
	calls := b.store.asked()
	for _, c := range calls[b.drawn:] {
		if b.drawn++; b.drawn <= 12 {
			b.story.Answers(b.story.Tells(consumer, b.clock()+"Insert "+c.String(), database, "says "+c.answer), consumer, "hears "+c.answer)
		}
	}
}

func (b *bubble) clock() string { return fmt.Sprintf("%v: ", time.Since(b.began)) }

// depth is how many messages lie ready in a queue.
func (b *bubble) depth(name string) int {
	b.t.Helper()
	q, err := b.ch.QueueDeclarePassive(name, true, false, false, false, nil)
	b.own(err)
	return q.Messages
}

// stores fails the check unless just these rides are stored.
func (b *bubble) stores(rule string, ids ...string) {
	b.t.Helper()
	slices.Sort(ids)
	b.same(strings.Join(ids, " "), strings.Join(b.store.ids(), " "), rule)
}

// settled fails the check unless the queue is empty, all is acknowledged, and those ids are dead.
func (b *bubble) settled(dead ...string) {
	b.t.Helper()
	vhost, _ := b.server.Broker().VHost("/")
	info, _ := vhost.Queue(liftrides.Queue)
	b.same("0 ready, 0 held", fmt.Sprintf("%d ready, %d held", info.Ready, info.Unacked), "what is done with is acknowledged, or goes to "+liftrides.DeadQueue)
	var ids []string
	for {
		d, ok, err := b.ch.Get(liftrides.DeadQueue, true)
		b.own(err)
		if !ok {
			break
		}
		ids = append(ids, string(d.Body))
	}
	slices.Sort(ids)
	slices.Sort(dead)
	b.same(strings.Join(dead, "\n"), strings.Join(ids, "\n"), "bodies of the messages in "+liftrides.DeadQueue)
}

func (b *bubble) same(want, got, rule string) {
	b.t.Helper()
	same(b.t, b.story, want, got, rule)
}
