package minirabbit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// maxTTL is the longest time to live that RabbitMQ accepts.
const maxTTL = 315_360_000_000 // ten years in milliseconds

// parseExpiration reads the expiration property: milliseconds in decimal.
func parseExpiration(p *wire.Properties) (ttl time.Duration, set bool, err *wire.Error) {
	if p.Flags&wire.FlagExpiration == 0 {
		return 0, false, nil
	}
	ms, problem := parseMillis(p.Expiration)
	if problem != "" {
		return 0, false, wire.Errorf(wire.PreconditionFailed, "invalid expiration '%s': %s", p.Expiration, problem)
	}
	return time.Duration(ms) * time.Millisecond, true, nil
}

// parseMillis tells, in RabbitMQ's words, what is wrong with a text that is no number of milliseconds.
func parseMillis(text string) (ms int64, problem string) {
	rest := strings.TrimLeft(strings.TrimPrefix(text, "-"), "0123456789")
	number := strings.TrimSuffix(text, rest)
	ms, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil && number == "":
		return 0, "no_integer"
	case rest != "":
		return 0, fmt.Sprintf("{leftover_string,%q}", rest)
	case ms < 0:
		return 0, fmt.Sprintf("{value_negative,%d}", ms)
	case err != nil || ms > maxTTL:
		return 0, fmt.Sprintf("{value_too_large,%s}", number)
	}
	return ms, ""
}

// expiryOf is when the message leaves this queue unconsumed: the sooner of its own and the queue's time to live.
func (q *queue) expiryOf(m *message) time.Time {
	ttl, set, _ := parseExpiration(&m.props)
	if s := q.settings.messageTTL; s >= 0 && (!set || s < ttl) {
		ttl, set = s, true
	}
	if !set {
		return time.Time{}
	}
	return q.vhost.broker.clock.Now().Add(ttl)
}

func (q *queue) expired(e *entry) bool {
	return !e.expires.IsZero() && !e.expires.After(q.vhost.broker.clock.Now())
}

// expireHead lets go what is due. As in RabbitMQ only the head is looked at: behind a message that lives longer
// an expired one waits.
func (q *queue) expireHead() {
	for e := q.head(); e != nil && q.expired(e); e = q.head() {
		q.discard(q.pop(), "expired")
	}
	if q.ttlTimer != nil {
		q.ttlTimer.Stop()
		q.ttlTimer = nil
	}
	if e := q.head(); e != nil && !e.expires.IsZero() {
		b := q.vhost.broker
		q.ttlTimer = b.after(e.expires.Sub(b.clock.Now()), func() { q.touch() })
	}
}

// startUnusedTimer begins, again, the time after which an unused queue is deleted (x-expires).
func (q *queue) startUnusedTimer() {
	q.stopUnusedTimer()
	if q.settings.expires < 0 || len(q.consumers) > 0 || q.removed {
		return
	}
	q.unusedTimer = q.vhost.broker.after(q.settings.expires, func() {
		if len(q.consumers) == 0 {
			q.remove()
		}
	})
}

func (q *queue) stopUnusedTimer() {
	if q.unusedTimer != nil {
		q.unusedTimer.Stop()
		q.unusedTimer = nil
	}
}

func (q *queue) stopTimers() {
	q.stopUnusedTimer()
	if q.ttlTimer != nil {
		q.ttlTimer.Stop()
		q.ttlTimer = nil
	}
}
