package minirabbit

import (
	"slices"

	"scalelab/pkg/minirabbit/internal/wire"
)

// lettered is a message that waits to be published to a dead-letter exchange. That happens in settle, after the
// operation that caused it: a dead letter may come back to the queue it left.
type lettered struct {
	queue  *queue
	entry  *entry
	reason string
}

// discard lets a message leave the queue unconsumed: to the dead-letter exchange, or for good.
func (q *queue) discard(e *entry, reason string) {
	if q.settings.deadLetter {
		q.deadLetter(e, reason)
		return
	}
	event := e.about(Discarded)
	event.Queue, event.Reason = q.name, reason
	q.vhost.emit(event)
}

func (q *queue) deadLetter(e *entry, reason string) {
	if !q.settings.deadLetter {
		return
	}
	b := q.vhost.broker
	b.lettered = append(b.lettered, lettered{q, e, reason})
}

// publish routes one dead letter. A missing exchange, or one that leads nowhere, swallows it silently.
func (l lettered) publish() {
	q, v := l.queue, l.queue.vhost
	event := l.entry.about(DeadLettered)
	event.Queue, event.Reason = q.name, l.reason
	v.emit(event)
	x, ok := v.exchanges[q.settings.deadLetterTo]
	if !ok {
		return
	}
	m := l.message()
	for _, target := range x.routes(m.keys, m.props.Headers) {
		if cycles(m.props.Headers["x-death"], target.name) {
			continue
		}
		target.enqueue(m, true)
	}
}

// message is the dead letter as it is published: a new routing key if the queue has one, the history in the headers,
// and no expiration, or it would expire again where it arrives.
func (l lettered) message() *message {
	m := *l.entry.message
	s := &l.queue.settings
	headers := m.props.Headers.Clone()
	l.recordDeath(headers, &m)
	m.exchange = s.deadLetterTo
	if s.deadLetterKey != nil {
		m.routingKey, m.keys = *s.deadLetterKey, []string{*s.deadLetterKey}
		delete(headers, "CC")
	}
	m.props.SetHeaders(headers)
	m.props.ClearExpiration()
	return &m
}

// recordDeath adds to x-death as RabbitMQ 3.10 does: one record per queue and reason, the latest first, with a
// count; the other fields of a record tell of the first time.
func (l lettered) recordDeath(headers Table, m *message) {
	deaths, _ := headers["x-death"].([]any)
	at := slices.IndexFunc(deaths, func(v any) bool {
		t, ok := v.(Table)
		return ok && t["queue"] == l.queue.name && t["reason"] == l.reason
	})
	var record Table
	if at >= 0 {
		record = deaths[at].(Table).Clone()
		n, _ := integer(record["count"])
		record["count"] = n + 1
		deaths = slices.Delete(slices.Clone(deaths), at, at+1)
	} else {
		record = l.newRecord(m)
	}
	headers["x-death"] = append([]any{record}, deaths...)
	if _, ok := headers["x-first-death-reason"]; !ok {
		headers["x-first-death-reason"] = l.reason
		headers["x-first-death-queue"] = l.queue.name
		headers["x-first-death-exchange"] = m.exchange
	}
}

func (l lettered) newRecord(m *message) Table {
	keys := make([]any, 0, len(m.keys))
	for _, key := range m.keys {
		keys = append(keys, key)
	}
	record := Table{"count": int64(1), "reason": l.reason, "queue": l.queue.name, "exchange": m.exchange,
		"routing-keys": keys, "time": wire.Timestamp(l.queue.vhost.broker.clock.Now().Unix())}
	if m.props.Flags&wire.FlagExpiration != 0 {
		record["original-expiration"] = m.props.Expiration
	}
	return record
}

// cycles tells whether a message with this history would come back to a queue it has been in without anybody having
// rejected it on the way: such a letter is dropped, or it would circle for ever.
func cycles(deaths any, queue string) bool {
	records, _ := deaths.([]any)
	for _, v := range records { // the latest first
		if isRejection(v) {
			return false
		}
		if t, ok := v.(Table); ok && t["queue"] == queue {
			return true
		}
	}
	return false
}

func isRejection(v any) bool {
	t, ok := v.(Table)
	return ok && t["reason"] == "rejected"
}
