package poison_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/poison"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestPoisonIsDeadLetteredOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, classic)
		tale := messaging.Tell(t, "A message that nobody can handle", queue, "process", dead, "Alert")
		s.ride("r-1", nil)
		var starts atomic.Int32
		// Every attempt in a process of its own, which is stopped meanwhile: no process knows how often others have tried.
		for n := 1; n <= s.opts.MaxAttempts+1 && s.Queue(dead).Messages == 0; n++ {
			working, release := make(chan struct{}, 100), make(chan struct{})
			p := s.start(func(context.Context, amqp.Delivery) error {
				starts.Add(1)
				working <- struct{}{}
				<-release
				if n == 2 {
					panic("the ride ends before it began")
				}
				return errors.New("the ride ends before it began")
			})
			awaits(s, tale, working, "the handler is started", queue, "r-1 is not delivered again")
			p.stop()
			close(release)
			p.ended("after its context has ended")
			tale.Tells(queue, "delivers r-1", "process", fmt.Sprintf("start %d of the handler fails", n))
			if n > s.opts.MaxAttempts {
				tale.Look("process", "that was one start too many")
			}
			s.Soon(func() bool { return s.Queue(queue).Messages == 1 || s.Queue(dead).Messages > 0 })
			if buried := s.Queue(dead).Messages; buried > 0 && n < s.opts.MaxAttempts {
				tale.Look(dead, fmt.Sprintf("messages: %d, although attempts are left", buried))
			} else {
				tale.Does(dead, fmt.Sprintf("messages: %d", buried))
			}
		}
		tale.Does("Alert", "was called "+times(len(s.alerted())))
		tale.Expected("starts: 3, messages in the dead-letter queue: 1, alerts: 1", fmt.Sprintf("starts: %d, messages in the dead-letter queue: %d, alerts: %d",
			starts.Load(), s.Queue(dead).Messages, len(s.alerted())))
		require.Equal(t, s.opts.MaxAttempts, int(starts.Load()), "starts of a handler that always fails (MaxAttempts is 3), each in another process")
		require.Len(t, s.alerted(), 1, "alerts")
		require.Equal(t, "r-1", s.alerted()[0].MessageID, "MessageID in the alert")
		require.Equal(t, 3, s.alerted()[0].Attempts, "Attempts in the alert")
		s.Holds(1, dead, "after the last attempt")
		s.Holds(0, queue, "after the last attempt")
		s.Holds(0, retry, "after the last attempt")
	})
}

func TestDeathsOfTheProcessCount(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		fails, kills := "the handler returns an error", "the process dies"
		s.lives([]string{fails, kills, kills}, letter{id: "r-1", attempts: 3, errors: "[" + fails + "]", reason: poison.ReasonDied}, "r-1")
		s.lives([]string{kills, fails, fails}, letter{id: "r-2", attempts: 3, errors: "[" + fails + ", " + fails + "]", reason: fails}, "r-2")
	})
}

// lives lets one message end each attempt as deeds say, and demands what lies in the dead-letter queue then.
func (s *scene) lives(deeds []string, want letter, id string) {
	t := s.T
	t.Helper()
	tale := messaging.Tell(t, "One message, and what becomes of its attempts", queue, "process", dead)
	s.ride(id, nil)
	var starts atomic.Int32
	working := make(chan int, 100)
	starting := func() (p *process, release chan struct{}) { // of each process, so that none gets what is meant for another
		release = make(chan struct{}, 100)
		return s.start(func(context.Context, amqp.Delivery) error {
			n := int(starts.Add(1))
			working <- n
			<-release
			return errors.New(deeds[min(n, len(deeds))-1])
		}), release
	}
	p, release := starting()
	before := len(s.alerted())
	for len(s.alerted()) == before {
		s.goesOn(tale, id, func() bool { return len(working) > 0 || len(p.done) > 0 || len(s.alerted()) > before })
		require.Zero(t, len(p.done), "Run goes on")
		if len(working) == 0 {
			break
		}
		n := <-working
		deed := deeds[min(n, len(deeds))-1]
		tale.Tells(queue, "delivers "+id, "process", fmt.Sprintf("start %d of the handler", n))
		if n > len(deeds) {
			tale.Look("process", "one start too many")
			break
		}
		tale.Does("process", deed)
		if deed == "the process dies" {
			p.settle()
			p.dies()
			p.buried()
			close(release)
			p, release = starting()
			continue
		}
		release <- struct{}{}
	}
	close(release)
	s.Eventually(func() bool { return s.Queue(dead).Messages > 0 }) // also after more starts than one too many
	p.end()
	letters := s.letters(dead)
	for _, l := range letters {
		tale.Does(dead, l.String())
	}
	tale.Expected(fmt.Sprintf("%d starts, then [%v]", len(deeds), want), fmt.Sprintf("%d starts, then %v", starts.Load(), letters))
	require.Equal(t, len(deeds), int(starts.Load()), "starts of the handler for %s, of which some end with the death of the process", id)
	require.Equal(t, fmt.Sprint([]letter{want}), fmt.Sprint(letters), "what lies in the dead-letter queue then")
	s.Holds(0, queue, "after the last attempt")
	tale.Over()
}

// goesOn waits for what becomes of a message whose attempt has failed.
func (s *scene) goesOn(tale *messaging.Story, id string, condition func() bool) {
	s.T.Helper()
	came := false
	defer draws(tale, &came, queue, id+" is not delivered again")
	s.Until(condition, "the message is tried again, or put into the dead-letter queue")
	came = true
}
