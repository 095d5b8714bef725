// Command failover shows a quorum queue outliving the death of its leader: three nodes, a publisher that counts confirms, and a kill
// in the middle.
//
//	publisher ──▶ node 2 ──▶ leader on node 1 ✗ killed
//	                   └───▶ followers on 2 and 3 elect a new leader ──▶ consumer on node 3
//
// Run it with `make failover`; it needs RabbitMQ on this machine. Chapter 7, section on data safety.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/process"
	"scalelab/grader/internal/services/rabbit"
)

const (
	queue    = "lift-rides"
	messages = 300
	killAt   = messages / 3 // so many are confirmed before the leader dies
	patience = time.Minute  // for one confirm: an election takes a moment, a minute means that something else is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	folder, err := owner.NewFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	fmt.Println("Three nodes start and form a cluster …")
	nodes, err := process.StartCluster(ctx, folder, 3)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, process.CloseCluster(nodes)) }()
	if err := declare(nodes[0]); err != nil {
		return err
	}
	if err := tellLeader(ctx, nodes[0], "Before the failure"); err != nil {
		return err
	}
	confirmed, err := publish(ctx, nodes)
	if err != nil {
		return err
	}
	if err := tellLeader(ctx, nodes[1], "After the failure"); err != nil {
		return err
	}
	return settle(nodes[2], confirmed)
}

// declare makes the queue through the node, which becomes the leader: a quorum queue's leader is where it was declared.
func declare(node *process.RabbitMQ) error {
	return onChannel(node, func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-queue-type": "quorum"})
		return err
	})
}

// publish sends all messages through the second node and kills the first, the leader, on the way. It returns the ids of those that
// were confirmed.
func publish(ctx context.Context, nodes []*process.RabbitMQ) (confirmed []string, err error) {
	var longest time.Duration
	atKill := false
	err = onChannel(nodes[1], func(ch *amqp.Channel) error {
		if err := ch.Confirm(false); err != nil {
			return err
		}
		for i := range messages {
			if i == killAt {
				fmt.Printf("Node 1, the leader, is killed after %d confirmed messages. The publisher, on node 2, goes on.\n", len(confirmed))
				if err := nodes[0].Kill(ctx); err != nil {
					return err
				}
			}
			id := fmt.Sprintf("ride-%d", i)
			start := time.Now()
			acked, err := publishOne(ctx, ch, id)
			if err != nil {
				return fmt.Errorf("publish %s: %w", id, err)
			}
			if acked {
				confirmed = append(confirmed, id)
			}
			if took := time.Since(start); took > longest {
				longest, atKill = took, i == killAt
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	fmt.Printf("Published %d, confirmed %d. The longest wait for a confirm was %d ms", messages, len(confirmed), longest.Milliseconds())
	if atKill {
		fmt.Print(", for the first message after the kill: a confirm waits until a new leader has it on a majority of the nodes")
	}
	fmt.Println(".")
	return confirmed, nil
}

func publishOne(ctx context.Context, ch *amqp.Channel, id string) (acked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pending, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", queue, true, false,
		amqp.Publishing{MessageId: id, DeliveryMode: amqp.Persistent, Body: []byte(id)})
	if err != nil {
		return false, err
	}
	return pending.WaitContext(ctx)
}

// settle reads the queue empty through the node and compares with what was confirmed.
func settle(node *process.RabbitMQ, confirmed []string) error {
	seen, copies := map[string]int{}, 0
	err := onChannel(node, func(ch *amqp.Channel) error {
		for {
			d, ok, err := ch.Get(queue, false)
			if err != nil || !ok {
				return err
			}
			if seen[d.MessageId]++; seen[d.MessageId] > 1 {
				copies++
			}
			if err := d.Ack(false); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	lost := 0
	for _, id := range confirmed {
		if seen[id] == 0 {
			lost++
		}
	}
	fmt.Printf("Read through node 3: %d messages, %d of the confirmed ones lost, %d delivered twice.\n", len(seen)+copies, lost, copies)
	fmt.Println("Why: a quorum queue confirms only what a majority has written down, and a majority of three outlives one death.")
	if lost > 0 {
		return fmt.Errorf("%d confirmed messages are lost", lost)
	}
	return nil
}

// tellLeader prints who leads the queue and who follows, as the node sees it.
func tellLeader(ctx context.Context, node *process.RabbitMQ, when string) error {
	api, err := rabbit.NewAPI(node.ManagementURL())
	if err != nil {
		return err
	}
	defer api.Close()
	for deadline := time.Now().Add(patience); ; {
		members, err := api.Members(ctx, "/", queue)
		if err == nil && slices.Contains(members.Online, members.Leader) {
			fmt.Printf("%s: leader %s, members online %v\n", when, members.Leader, members.Online)
			return nil
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return errors.Join(err, ctx.Err(), errors.New("the queue has no leader"))
		}
		time.Sleep(100 * time.Millisecond) // the management API refreshes what it knows every few seconds
	}
}

func onChannel(node *process.RabbitMQ, f func(*amqp.Channel) error) error {
	conn, err := amqp.Dial(node.URL())
	if err != nil {
		return err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	return f(ch)
}
