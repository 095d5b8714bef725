package minirabbit_test

import (
	"context"
	"fmt"
	"log"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/minirabbit"
)

// In a test, minirabbit.Run(t) starts the broker and closes it when the test ends.
func Example() {
	broker, err := minirabbit.Start(minirabbit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer broker.Close()
	conn, err := amqp.Dial(broker.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	queue, err := ch.QueueDeclare("lift tickets", true, false, false, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := ch.Publish("", queue.Name, false, false, amqp.Publishing{Body: []byte("day pass")}); err != nil {
		log.Fatal(err)
	}
	ticket, ok, err := ch.Get(queue.Name, true)
	fmt.Println(string(ticket.Body), ok, err)
	// Output: day pass true <nil>
}

// A confirm is lost: the publisher cannot know that its message is stored, but a test can.
func ExampleVHost_LoseConfirm() {
	broker := minirabbit.New(minirabbit.Options{})
	defer broker.Close()
	conn, err := amqp.DialConfig("amqp://guest:guest@minirabbit/", amqp.Config{Dial: broker.Dial})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		log.Fatal(err)
	}
	if _, err := ch.QueueDeclare("orders", true, false, false, false, nil); err != nil {
		log.Fatal(err)
	}
	vhost, _ := broker.VHost("/")
	vhost.LoseConfirm(1)
	confirm, err := ch.PublishWithDeferredConfirm("", "orders", false, false, amqp.Publishing{Body: []byte("skis")})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	orders, err := vhost.WaitQueue(ctx, "orders", func(q minirabbit.QueueInfo) bool { return q.Ready == 1 })
	fmt.Println("stored:", orders.Ready, "confirmed:", confirm.Acked(), err)
	// Output: stored: 1 confirmed: false <nil>
}
