// Command pushpull counts what it costs to ask for messages one by one, and what it costs to have them sent.
//
//	pull   get ──▶ ◀── message   get ──▶ ◀── message   …      one round trip for each
//	push   consume ──▶ ◀── ok    ◀── message ◀── message …    one round trip for all
//
// The frames are counted on the wire, below the client library. Run it with `make pushpull`; it brings its own broker. Chapter 7, section on
// messaging primitives.
package main

import (
	"fmt"
	"net"
	"os"
	"text/tabwriter"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/minirabbit"
)

const (
	queue     = "lift-rides"
	messages  = 1000
	prefetch  = 50
	roundTrip = 2 * time.Millisecond // between two machines of one region, for the last column
)

// method is a class and a method of AMQP 0-9-1, as its specification numbers them.
type method struct{ class, id uint16 }

var (
	basicQos     = method{60, 10}
	basicConsume = method{60, 20}
	basicGet     = method{60, 70}
	basicAck     = method{60, 80}
)

// methods counts those that a client sent.
type methods map[method]int

// waits is how often the client had to wait for an answer in order to get messages.
func (m methods) waits() int { return m[basicQos] + m[basicConsume] + m[basicGet] }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pushpull:", err)
		os.Exit(1)
	}
}

func run() error {
	broker, err := minirabbit.Start(minirabbit.Options{})
	if err != nil {
		return err
	}
	defer broker.Close()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "WAY\tMESSAGES\tREQUESTS THAT WAIT\tACKNOWLEDGEMENTS\tWAITING, AT %v A ROUND TRIP\n", roundTrip)
	for _, way := range []struct {
		name    string
		consume func(*amqp.Channel) (int, error)
	}{{"pull, basic.get", pull}, {fmt.Sprintf("push, prefetch %d", prefetch), push}} {
		counts, n, err := measure(broker, way.consume)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%v\n", way.name, n, counts.waits(), counts[basicAck], time.Duration(counts.waits())*roundTrip)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("\nWhy: who pulls waits for every message, and once more to hear that there is none. Who is pushed to asks once; then messages are on their")
	fmt.Printf("way while earlier ones are handled, %d at most, and an acknowledgement is sent without waiting for an answer.\n", prefetch)
	return nil
}

// measure fills the queue, lets consume empty it and counts what it sent on the wire meanwhile.
func measure(broker *minirabbit.Broker, consume func(*amqp.Channel) (int, error)) (methods, int, error) {
	counts := methods{}
	conn, err := amqp.DialConfig(broker.URL(), amqp.Config{Dial: func(network, addr string) (net.Conn, error) {
		nc, err := net.Dial(network, addr)
		if err != nil {
			return nil, err
		}
		return minirabbit.Overhear(nc, func(class, id uint16) { counts[method{class, id}]++ }, nil), nil
	}})
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return nil, 0, err
	}
	if err := fill(ch); err != nil {
		return nil, 0, err
	}
	n, err := consume(ch)
	if err != nil {
		return nil, 0, err
	}
	if err := conn.Close(); err != nil { // from here on nothing is written any more
		return nil, 0, err
	}
	return counts, n, nil
}

func fill(ch *amqp.Channel) error {
	if err := ch.Confirm(false); err != nil {
		return err
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return err
	}
	var last *amqp.DeferredConfirmation
	for range messages {
		var err error
		if last, err = ch.PublishWithDeferredConfirm("", queue, true, false, amqp.Publishing{Body: []byte("ride")}); err != nil {
			return err
		}
	}
	last.Wait()
	return nil
}

func pull(ch *amqp.Channel) (int, error) {
	for n := 0; ; n++ {
		d, ok, err := ch.Get(queue, false)
		if err != nil || !ok {
			return n, err
		}
		if err := d.Ack(false); err != nil {
			return n, err
		}
	}
}

func push(ch *amqp.Channel) (int, error) {
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return 0, err
	}
	deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return 0, err
	}
	for n := 1; n <= messages; n++ {
		if err := (<-deliveries).Ack(false); err != nil {
			return n, err
		}
	}
	return messages, nil
}
