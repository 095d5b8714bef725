// Command throttle shows what a broker does to publishers when it runs out of memory: it says connection.blocked, stops reading from
// those who publish, and goes on serving those who consume, since only they can help.
//
//	publisher ──▶ ✗ not read any more      (connection.blocked … connection.unblocked)
//	consumer  ◀── still served
//
// Run it with `make throttle`; it needs RabbitMQ on this machine. Chapter 7, section on data safety.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/process"
)

const (
	queue    = "lift-rides"
	batch    = 200 // messages in each phase
	patience = 30 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "throttle:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	folder, err := owner.NewFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	fmt.Println("A node starts …")
	node, err := process.StartRabbitMQ(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.Close()) }()
	p, err := newPublisher(node)
	if err != nil {
		return err
	}
	defer p.conn.Close()
	return p.story(ctx, node)
}

// publisher is a connection that publishes, with all that it is told.
type publisher struct {
	conn    *amqp.Connection
	ch      *amqp.Channel
	blocked chan amqp.Blocking
}

func newPublisher(node *process.RabbitMQ) (*publisher, error) {
	conn, ch, err := open(node)
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	_, err = ch.QueueDeclare(queue, true, false, false, false, nil)
	return &publisher{conn: conn, ch: ch, blocked: conn.NotifyBlocked(make(chan amqp.Blocking, 8))}, err
}

func (p *publisher) story(ctx context.Context, node *process.RabbitMQ) error {
	calm, err := p.publish(ctx)
	if err != nil {
		return err
	}
	if err := settled(ctx, calm); err != nil {
		return err
	}
	fmt.Printf("Calm: %d published, %d confirmed.\n", batch, count(calm))

	// A limit of nothing is passed at once: this is how a node behaves whose memory is used up.
	if err := node.Control(ctx, "set_vm_memory_high_watermark", "0"); err != nil {
		return err
	}
	// RabbitMQ blocks a connection at the first publish after the alarm, so the publisher must try to learn of it.
	held, err := p.publish(ctx)
	if err != nil {
		return err
	}
	b, err := wait(ctx, p.blocked, "connection.blocked")
	if err != nil {
		return err
	}
	fmt.Printf("Alarm: the broker says connection.blocked, %q. It reads no more from this connection.\n", b.Reason)
	drained, err := drain(node)
	if err != nil {
		return err
	}
	fmt.Printf("Another connection consumes meanwhile and gets %d messages: consumers are what makes room.\n", drained)
	before := count(held)
	fmt.Printf("%d more were written, %d of them confirmed: the rest waits in buffers and sockets. Nothing is lost, nothing is safe yet.\n", batch, before)
	fmt.Println("A publisher that ignores connection.blocked fills its own memory here; one that honours it waits, or tells its callers to.")

	if err := node.Control(ctx, "set_vm_memory_high_watermark", "0.6"); err != nil {
		return err
	}
	if _, err := wait(ctx, p.blocked, "connection.unblocked"); err != nil {
		return err
	}
	if err := settled(ctx, held); err != nil {
		return err
	}
	fmt.Printf("Relief: connection.unblocked, and the confirms arrive: %d of %d.\n", count(held), batch)
	return nil
}

// publish writes a batch and waits for nothing.
func (p *publisher) publish(ctx context.Context) ([]*amqp.DeferredConfirmation, error) {
	var pending []*amqp.DeferredConfirmation
	for i := range batch {
		d, err := p.ch.PublishWithDeferredConfirmWithContext(ctx, "", queue, true, false,
			amqp.Publishing{MessageId: fmt.Sprint(i), DeliveryMode: amqp.Persistent, Body: make([]byte, 512)})
		if err != nil {
			return nil, err
		}
		pending = append(pending, d)
	}
	return pending, nil
}

// settled waits until the broker has answered for all.
func settled(ctx context.Context, pending []*amqp.DeferredConfirmation) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, d := range pending {
		if _, err := d.WaitContext(ctx); err != nil {
			return fmt.Errorf("wait for confirms: %w", err)
		}
	}
	return nil
}

func count(pending []*amqp.DeferredConfirmation) int {
	n := 0
	for _, d := range pending {
		if d.Acked() {
			n++
		}
	}
	return n
}

func wait(ctx context.Context, told <-chan amqp.Blocking, what string) (amqp.Blocking, error) {
	select {
	case b := <-told:
		return b, nil
	case <-ctx.Done():
		return amqp.Blocking{}, ctx.Err()
	case <-time.After(patience):
		return amqp.Blocking{}, fmt.Errorf("the broker never said %s", what)
	}
}

// drain consumes what the queue has, on a connection of its own.
func drain(node *process.RabbitMQ) (int, error) {
	conn, ch, err := open(node)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	for n := 0; ; n++ {
		_, ok, err := ch.Get(queue, true)
		if err != nil || !ok {
			return n, err
		}
	}
}

func open(node *process.RabbitMQ) (*amqp.Connection, *amqp.Channel, error) {
	conn, err := amqp.Dial(node.URL())
	if err != nil {
		return nil, nil, err
	}
	ch, err := conn.Channel()
	return conn, ch, err
}
