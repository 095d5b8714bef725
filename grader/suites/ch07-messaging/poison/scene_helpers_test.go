package poison_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/poison"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// The queues of every check.
const (
	queue = "rides"
	retry = "rides.retry"
	dead  = "rides.dead"
)

const (
	quorum  = "quorum"
	classic = "classic"
)

// scene is a broker with the queues of rides, and what was told to somebody.
type scene struct {
	*messaging.Broker
	opts poison.Options

	mu     sync.Mutex
	alerts []poison.Dead
	fences int
}

// open returns a broker with the three queues. Attempts follow each other at once.
func open(t *check.T, queueType string) *scene {
	s := &scene{Broker: messaging.Open(t)}
	s.opts = poison.Options{Queue: queue, MaxAttempts: 3, Backoff: time.Millisecond, Alert: s.alert}
	ch := s.Channel()
	defer ch.Close()
	s.Own(poison.Declare(ch, s.opts, queueType), "declare the queues")
	return s
}

func (s *scene) alert(d poison.Dead) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alerts = append(s.alerts, d)
}

func (s *scene) alerted() []poison.Dead {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]poison.Dead{}, s.alerts...)
}

// ride publishes a message with that id.
func (s *scene) ride(id string, headers amqp.Table) { s.rideTo(queue, id, headers) }

func (s *scene) rideTo(name, id string, headers amqp.Table) {
	s.T.Helper()
	s.Publish("", name, amqp.Publishing{
		DeliveryMode: amqp.Persistent, MessageId: id, ContentType: "application/json", Headers: headers, Body: []byte("ride " + id),
	})
}

// process is a consumer under test in a process of its own.
type process struct {
	s    *scene
	stop context.CancelFunc
	done chan error // what Run returned

	mu     sync.Mutex
	conn   *amqp.Connection // the latest
	tap    *messaging.Tap
	marker string // the tap acts when this goes out
	fault  func()
}

// prepare makes a process; marker, if there is one, lets fault happen just before it goes out.
func (s *scene) prepare(marker string, fault func(p *process)) *process {
	p := &process{s: s, done: make(chan error, 1), marker: marker}
	p.fault = func() { fault(p) }
	return p
}

// dial is what the subject connects with.
func (p *process) dial() (*amqp.Connection, error) {
	conn, tap := p.s.DialTapped()
	if p.marker != "" {
		tap.When(p.marker, p.fault)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn, p.tap = conn, tap
	return conn, nil
}

// dies ends the process: nothing of it reaches the broker any more.
func (p *process) dies() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tap.Conn.Close()
}

// settle waits until what the process has sent has arrived.
func (p *process) settle() bool {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	return p.s.Settle(conn)
}

// run starts Run and waits until it consumes.
func (p *process) run(opts poison.Options, handler poison.Handler) *process {
	p.s.T.Helper()
	before := p.s.Peek(queue).Consumers
	ctx, stop := context.WithCancel(p.s.T.Context())
	p.stop = stop
	consumer := poison.New(p.dial, opts)
	go func() { p.done <- consumer.Run(ctx, handler) }()
	p.s.Until(func() bool { return len(p.done) > 0 || p.s.Peek(queue).Consumers > before }, "Run consumes from the queue")
	return p
}

func (s *scene) start(handler poison.Handler) *process {
	s.T.Helper()
	return s.prepare("", func(*process) {}).run(s.opts, handler)
}

// ended waits for Run to return.
func (p *process) ended(when string) error {
	p.s.T.Helper()
	err := messaging.Await(p.s.Broker, p.done, "Run returns "+when)
	p.s.NoConsumer(queue, "after Run has returned")
	return err
}

// hangsUp demands that what was called has closed the connection that it has dialed.
func (s *scene) hangsUp(p *process, what string) {
	s.T.Helper()
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	s.Soon(conn.IsClosed)
	require.True(s.T, conn.IsClosed(), "%s closes its connection before it returns", what)
}

func (p *process) end() {
	p.s.T.Helper()
	p.stop()
	_ = p.ended("after its context has ended")
}

// buried waits until the broker has noticed the death of the only process.
func (p *process) buried() {
	p.s.T.Helper()
	p.s.Until(func() bool { return p.s.Queue(queue).Consumers == 0 }, "the broker notices that the process is dead")
	p.stop()
}

// draws lets a step be seen in the picture if what follows fails the check: whoever waits in vain calls it, deferred, and sets ok when
// he has not.
func draws(tale *messaging.Story, ok *bool, lane, missing string) {
	if !*ok {
		tale.Look(lane, missing)
	}
}

// awaits is messaging.Await that draws what does not come.
func awaits[T any](s *scene, tale *messaging.Story, values <-chan T, expected, lane, missing string) T {
	s.T.Helper()
	came := false
	defer draws(tale, &came, lane, missing)
	v := messaging.Await(s.Broker, values, expected)
	came = true
	return v
}

// times words how often.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// outcome names what a call returned. The error's own words would differ from run to run.
func outcome(err error) string {
	if err == nil {
		return "nil"
	}
	return "an error"
}

// integer reads a header that is an integer of any size; -1 if it is none.
func integer(v any) int {
	switch n := v.(type) {
	case nil:
		return 0
	case int8:
		return int(n)
	case byte:
		return int(n)
	case int16:
		return int(n)
	case int32:
		return int(n)
	case int64:
		return int(n)
	}
	return -1
}

// letter is what matters of a message in the retry or dead-letter queue.
type letter struct {
	id       string
	attempts int
	errors   string // as listed prints them; "" if there is no list
	reason   any
}

func letterOf(d amqp.Delivery) letter {
	l := letter{id: d.MessageId, attempts: integer(d.Headers[poison.HeaderAttempts]), reason: d.Headers[poison.HeaderReason]}
	if list, ok := d.Headers[poison.HeaderErrors].([]any); ok {
		l.errors = listed(list)
	} else if d.Headers[poison.HeaderErrors] != nil {
		l.errors = "not a list"
	}
	return l
}

func (l letter) String() string {
	text := fmt.Sprintf("%s: x-attempts %d", l.id, l.attempts)
	if l.errors != "" {
		text += ", x-errors " + l.errors
	}
	if l.reason != nil {
		text += fmt.Sprintf(", x-reason %v", l.reason)
	}
	return text
}

// listed is a list of texts as the pictures show it.
func listed(texts []any) string {
	words := make([]string, len(texts))
	for i, text := range texts {
		words[i] = fmt.Sprint(text)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// letters takes all messages out of a queue.
func (s *scene) letters(name string) []letter {
	s.T.Helper()
	all := []letter{}
	for _, d := range s.Drain(name) {
		all = append(all, letterOf(d))
	}
	return all
}
