package messaging

import (
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/services/faults"
)

const (
	// Patience bounds the wait for something that the broker has to do. It is no measure: a check that reaches it has failed.
	Patience = 10 * time.Second
	// Rounds and breath bound the wait for something that is due in this process alone, or as soon as the broker reads on: so
	// many round trips to the broker, which take longer on a busy machine, and at least so long that every thread had its turn.
	Rounds = 200
	breath = 1300 * time.Millisecond // not a pause that programs make, nor a multiple of one: they would be in time by chance
	eager  = Rounds / 10             // so many round trips follow each other at once: what is due has mostly come by then
	pause  = breath / Rounds         // between those of a longer wait
	reach  = Rounds / 20             // of them, one has gone to the fault proxy as well
	idle   = 50 * time.Millisecond   // between looks at what the broker does in its own time
)

// Stops is how often a check stops a consumer at work. When a context ends, deliveries may end too, and a select that finds both chooses one
// by chance: a program that takes every second stop for a loss must not get a grade by chance.
const Stops = 20

// Until waits for a condition for which the broker has to do something.
func (b *Broker) Until(condition func() bool, expected string) {
	b.T.Helper()
	start := time.Now()
	for trips := 0; ; trips++ {
		late := time.Since(start) > Patience // before the look: whoever was not there in between has not looked yet
		if condition() {
			return
		}
		if late {
			break
		}
		b.pace(trips)
	}
	if !b.rehearsed(condition) {
		require.FailNow(b.T, "waited in vain: "+expected)
	}
}

// Soon waits for a condition that is due within a few round trips; the caller looks whether it came. It gives up only when the broker and
// the fault proxy have done several times what the subject may be waiting for: a broker that is busy, or a machine, makes it wait longer.
func (b *Broker) Soon(condition func() bool) {
	b.T.Helper()
	start := time.Now()
	for trips := 0; !condition() && (trips < Rounds || time.Since(start) < breath); trips++ {
		b.pace(trips)
	}
	b.rehearsed(condition)
}

// rehearsed gives whoever is waited for, and the broker, a last chance when the time is over, which a busy machine may have taken for itself.
func (b *Broker) rehearsed(condition func() bool) bool {
	b.T.Helper()
	for i := 0; i < rehearsals && !condition(); i++ {
		b.rehearse()
	}
	return condition()
}

// Eventually waits for what the broker does in its own time, such as putting back what a lost connection held: longer than Soon, less often,
// and like Soon without a verdict.
func (b *Broker) Eventually(condition func() bool) {
	b.T.Helper()
	b.Soon(condition)
	for start := time.Now(); !condition() && time.Since(start) < Patience/3; {
		time.Sleep(idle)
	}
}

// pace makes a round trip. After the eager ones whoever waits steps back, so that the wait does not take the machine from those who
// are waited for.
func (b *Broker) pace(trips int) {
	b.T.Helper()
	if trips >= eager {
		time.Sleep(pause)
	}
	b.RoundTrip()
	if p, elsewhere := b.AMQPFaults.(faults.Pinger); elsewhere && trips%reach == reach-1 {
		b.Own(p.Ping(b.T.Context()), "reach the fault proxy")
	}
}

// Promptly waits for a value of a buffered channel that needs nothing but this process.
func Promptly[T any](b *Broker, values <-chan T, expected string) T {
	b.T.Helper()
	b.Soon(func() bool { return len(values) > 0 })
	select {
	case v := <-values:
		return v
	default:
	}
	return inVain[T](b, expected)
}

// Await waits for a value for which the broker has to do something.
func Await[T any](b *Broker, values <-chan T, expected string) T {
	b.T.Helper()
	select {
	case v := <-values:
		return v
	case <-time.After(Patience):
	}
	var late T
	came := false
	b.rehearsed(func() bool {
		if !came {
			select {
			case late = <-values:
				came = true
			default:
			}
		}
		return came
	})
	if !came {
		return inVain[T](b, expected)
	}
	return late
}

func inVain[T any](b *Broker, expected string) T {
	b.T.Helper()
	check.Cause(b.T, check.Timeout)
	require.FailNow(b.T, "waited in vain: "+expected)
	panic("unreachable")
}

// Lost waits until the library has told all channels of a lost connection. IsClosed of the connection is true before they know.
func (b *Broker) Lost(conn *amqp.Connection) {
	b.T.Helper()
	told := conn.NotifyClose(make(chan *amqp.Error, 1))
	b.Until(func() bool {
		select {
		case _, open := <-told:
			return !open // it is closed last; an error may come before
		default:
			return false
		}
	}, "the connection is closed")
}

// RoundTrip asks the broker something and waits for the answer.
func (b *Broker) RoundTrip() {
	b.T.Helper()
	b.Own(b.gazing().Qos(1, 0, false), "make a round trip")
}

// RoundTrips lets the broker and everybody else do what they are about to do.
func (b *Broker) RoundTrips(n int) {
	b.T.Helper()
	for range n {
		b.RoundTrip()
	}
}

// IsClosed looks without waiting.
func IsClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// Settle makes round trips on the subject's connection: what the subject has sent, and what the broker has sent to it, has
// arrived by then. A subject that does too much has done it; one that does not is not disturbed. It is false if the connection
// is no longer usable.
func (b *Broker) Settle(conn *amqp.Connection) bool {
	b.T.Helper()
	ch, err := conn.Channel()
	for i := 0; err == nil && i < Rounds/4; i++ {
		err = ch.Qos(1, 0, false)
	}
	return err == nil && ch.Close() == nil
}
