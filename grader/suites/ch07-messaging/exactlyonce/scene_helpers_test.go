package exactlyonce_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exactlyonce"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
	"scalelab/pkg/minirabbit"
	"scalelab/pkg/services"
)

const (
	queue  = "rides"
	keyTTL = 90 * time.Minute
	metres = 520 // of every ride
)

// scene is a broker with the queue of rides, and a Redis.
type scene struct {
	*messaging.Broker
	redis *services.RedisServer
	eye   *redis.Client // past the fault proxy

	fences int // that were published
}

func open(t *check.T) *scene { return openWith(t, nil) }

func openWith(t *check.T, args amqp.Table) *scene {
	server := services.Redis(t)
	s := &scene{Broker: messaging.Open(t), redis: server, eye: server.Observer()}
	s.Declare(queue, args)
	return s
}

// own ends the check without a verdict if the suite's own dealings with Redis failed.
func (s *scene) own(err error) {
	s.T.Helper()
	if err != nil && !errors.Is(err, redis.Nil) {
		check.Unjudged(s.T, "the suite's own connection to Redis failed")
	}
}

// ride publishes a ride of a skier, with the skier's name as its body.
func (s *scene) ride(id, skier string) {
	s.T.Helper()
	s.Publish("", queue, amqp.Publishing{DeliveryMode: amqp.Persistent, MessageId: id, Body: []byte(skier)})
}

// counts is a handler that queues two commands, which belong together.
func counts(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error {
	tx.HIncrBy(ctx, "rides", string(d.Body), 1)
	tx.HIncrBy(ctx, "metres", string(d.Body), metres)
	return nil
}

// state is what Redis holds about one message, at one moment.
type state struct {
	rides, metres int
	key           bool
	ttl           time.Duration // below 0 if the key has none
}

func (s *scene) look(id, skier string) state {
	var rides, length *redis.StringCmd
	var key *redis.IntCmd
	var ttl *redis.DurationCmd
	_, err := s.eye.TxPipelined(context.Background(), func(tx redis.Pipeliner) error {
		rides, length = tx.HGet(context.Background(), "rides", skier), tx.HGet(context.Background(), "metres", skier)
		key, ttl = tx.Exists(context.Background(), exactlyonce.Key(id)), tx.PTTL(context.Background(), exactlyonce.Key(id))
		return nil
	})
	s.own(err)
	n, _ := rides.Int()
	m, _ := length.Int()
	return state{rides: n, metres: m, key: key.Val() == 1, ttl: ttl.Val()}
}

// rides is how many rides of a skier have taken effect.
func (s *scene) rides(skier string) int { return s.look("", skier).rides }

// torn says what is there and what is missing; "" if nothing or everything is there.
func (st state) torn() string {
	switch effect := st.rides > 0 || st.metres > 0; {
	case effect && st.metres != metres*st.rides:
		return "a part of what the handler has queued"
	case effect && !st.key:
		return "the effect, and no key"
	case st.key && !effect:
		return "the key, and no effect"
	case st.key && st.ttl <= 0:
		return "the key without a time to live"
	}
	return ""
}

// String words what there is of one message.
func (st state) String() string {
	text := fmt.Sprintf("effect: %s, key: %v", times(st.rides), st.key)
	if st.metres != metres*st.rides {
		text = fmt.Sprintf("effect: a part, key: %v", st.key)
	}
	if st.key && st.ttl <= 0 {
		text += ", without a time to live"
	}
	return text
}

// process is a consumer under test with its two wires.
type process struct {
	s     *scene
	conn  *amqp.Connection
	tap   *messaging.Tap
	wire  *wire
	acked <-chan struct{} // closed when the first ack has left
	stop  context.CancelFunc
	done  chan error // what Run returned

	mu    sync.Mutex
	asked []int // what Backoff was asked
	wait  time.Duration
	held  int // messages that were delivered and not answered yet
}

// start runs a consumer and waits until it consumes.
func (s *scene) start(handler exactlyonce.Handler) *process {
	s.T.Helper()
	p := s.prepare()
	p.run(handler)
	return p
}

// prepare makes the wires of a process.
func (s *scene) prepare() *process {
	s.T.Helper()
	p := &process{s: s, wire: &wire{}, done: make(chan error, 1), wait: time.Millisecond}
	p.conn = s.DialOver(0, func(wire net.Conn) net.Conn {
		p.tap = &messaging.Tap{Conn: wire}
		return minirabbit.Overhear(p.tap, p.countAnswer, p.countDelivery)
	})
	p.acked = p.tap.When(basicAck, func() {})
	return p
}

func (p *process) run(handler exactlyonce.Handler) {
	p.s.T.Helper()
	before := p.s.Peek(queue).Consumers
	ctx, stop := context.WithCancel(p.s.T.Context())
	p.stop = stop
	rdb := p.s.client(p.wire)
	consumer := exactlyonce.New(p.conn, rdb, exactlyonce.Options{Queue: queue, KeyTTL: keyTTL, Backoff: p.backoff})
	go func() { p.done <- consumer.Run(ctx, handler) }()
	p.s.Until(func() bool { return len(p.done) > 0 || p.s.Peek(queue).Consumers > before }, "Run consumes from the queue")
}

// backoff is the consumer's Options.Backoff.
func (p *process) backoff(attempt int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, attempt)
	return p.wait
}

// attempts are what Backoff was asked so far.
func (p *process) attempts() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]int{}, p.asked...)
}

// waits sets what Backoff answers from now on, and forgets what it was asked.
func (p *process) waits(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait, p.asked = d, nil
}

func (p *process) countDelivery(class, method uint16) {
	if class == messaging.ClassBasic && method == messaging.MethodDeliver {
		p.holds(1)
	}
}

func (p *process) countAnswer(class, method uint16) {
	if class == messaging.ClassBasic && slices.Contains([]uint16{messaging.MethodAck, messaging.MethodReject, messaging.MethodNack}, method) {
		p.holds(-1)
	}
}

// holds changes how many messages the process holds, and returns it.
func (p *process) holds(more int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held += more
	return p.held
}

// answers waits until the process has answered for all that was delivered to it, and knows of all that Redis has done for it. Whether it
// does is no matter of the wait.
func (p *process) answers() { p.s.Soon(func() bool { return p.holds(0) == 0 || len(p.done) > 0 }) }

// dies ends the process: nothing of it reaches the broker or Redis any more.
func (p *process) dies() {
	p.wire.kill()
	p.tap.Conn.Close()
}

// buried waits until the broker has noticed the death.
func (p *process) buried() {
	p.s.T.Helper()
	p.s.Until(func() bool { return p.s.Queue(queue).Consumers == 0 }, "the broker notices that the process is dead")
	p.stop()
}

// end stops the process and waits until Run has returned. What it returns then is for the check of the stop to judge: where chance decides,
// one stop says nothing.
func (p *process) end() error {
	p.s.T.Helper()
	p.stop()
	return messaging.Await(p.s.Broker, p.done, "Run returns after its context has ended")
}

// fence publishes a ride that nobody has seen, and waits until it takes effect: what lay before it in the queue is settled then, and mostly it
// is as well.
func (s *scene) fence(p *process) {
	s.T.Helper()
	s.fences++
	name := fmt.Sprint("fence ", s.fences)
	s.ride(name, name)
	defer func() {
		if s.rides(name) == 0 {
			tale := messaging.Tell(s.T, "The next message in the queue", queue, "consumer", "Redis")
			tale.Does(queue, "delivers what is there, then a message that nobody has seen")
			tale.Does("consumer", fmt.Sprintf("Run has returned: %v", len(p.done) > 0))
			tale.Look("Redis", "nothing of the new message")
		}
	}()
	s.Until(func() bool { return len(p.done) > 0 || s.rides(name) > 0 }, "the consumer goes on, and the next message in the queue takes effect")
	require.True(s.T, s.rides(name) > 0, "Run goes on: the next message in the queue takes effect")
	p.answers()
}

// outcome names what Run returned. The error's own words would differ from run to run.
func outcome(err error) string {
	if err == nil {
		return "nil"
	}
	return "an error"
}

// list joins commands for a story.
func list(commands []string) string {
	if len(commands) == 0 {
		return "nothing"
	}
	return strings.Join(commands, ", ")
}

// times words how often a message has taken effect.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
