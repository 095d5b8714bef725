// Package minirabbit is RabbitMQ for tests: an AMQP 0-9-1 broker inside the test's own process, which speaks to an
// unmodified client such as amqp091-go, starts in about a millisecond and has faults on command.
//
//	func TestOrders(t *testing.T) {
//		broker := minirabbit.Run(t)
//		conn, err := amqp.Dial(broker.URL())
//		…
//	}
//
// It is a test double: one node, no cluster, no disk, no claim to throughput. What it does promise is to behave as
// RabbitMQ 3.10 does, down to the codes and texts of errors; its tests run the same expectations against both. The
// README lists what it leaves out.
//
// # The protocol in one picture
//
// A connection carries numbered channels, a channel carries methods; a method that brings a message is followed by
// the message's properties (a header frame) and its bytes (body frames).
//
//	client                                           broker
//	  │ "AMQP" 0 0 9 1                                 │
//	  │───────────────────────────────────────────────▶│
//	  │◀─────────────────────────────── start ─────────│  connection: who are you,
//	  │──── start-ok (PLAIN) ─────────────────────────▶│  what are our limits,
//	  │◀─────────────────────────────── tune ──────────│  which virtual host?
//	  │──── tune-ok, open (vhost) ────────────────────▶│
//	  │◀─────────────────────────────── open-ok ───────│
//	  │                                                │
//	  │──── channel.open ─────────────────────────────▶│  channel 1
//	  │◀─────────────────────────────── open-ok ───────│
//	  │──── confirm.select ───────────────────────────▶│
//	  │──── basic.publish │ header │ body … ──────────▶│ ──▶ exchange ──bindings──▶ queue
//	  │◀─────────────────────────────── basic.return ──│  mandatory, and no queue: first the return,
//	  │◀─────────────────────────────── basic.ack 1 ───│  then the confirm
//	  │                                                │
//	  │──── basic.consume ────────────────────────────▶│
//	  │◀─────── basic.deliver │ header │ body … ───────│ ◀── queue, as far as the prefetch allows
//	  │──── basic.ack ────────────────────────────────▶│  the message is gone
//	  │──── basic.nack, requeue ──────────────────────▶│  or it is back where it was,
//	  │──── basic.reject ─────────────────────────────▶│  or dead-lettered: queue ──▶ exchange ──▶ queue
//
// An error ends the channel (403 to 406) or the whole connection (320, 5xx), and says which method caused it.
//
// # How it is built
//
// Package wire knows the bytes. A conn has one goroutine that reads and acts and one that writes; what they share,
// all exchanges and queues, is under the broker's one lock, which nobody holds while waiting. A method is therefore
// one step: it changes the state, then settle lets queues deliver, expire, overflow and dead-letter until nothing is
// left to do. So the same order of methods has the same outcome, always.
//
//	frames.go  channel.go        a frame, a method: who has to act
//	*methods.go publish.go consume.go acknowledge.go    the methods, by what they are about
//	exchange.go + direct topic fanout headers default   routing, one type of exchange per file
//	queue.go consumer.go ttl.go overflow.go deadletter.go    the life of a message in a queue
//	faults.go schedule.go gate.go alarm.go lifecycle.go      misfortune on command
//	proxy.go link.go             the same misfortune in front of a real broker
//	observer.go event.go inspect.go    what can be seen without touching it
//
// # Time
//
// TTLs, heartbeats and delayed confirms obey Options.Clock. Without one they obey package time, which inside a
// testing/synctest bubble is virtual: there use New and Dial, which need no network.
package minirabbit
