package minirabbit

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// Observer keeps every event since its creation. It never slows the broker down and must be closed.
type Observer struct {
	broker  *Broker
	vhost   string // empty: all
	mu      sync.Mutex
	events  []Event
	changed chan struct{} // closed at the next event
}

// Observe starts to record the events of all virtual hosts.
func (b *Broker) Observe() *Observer { return b.observe("") }

// Observe starts to record the events of this virtual host.
func (v *VHost) Observe() *Observer { return v.broker.observe(v.name) }

func (b *Broker) observe(vhost string) *Observer {
	o := &Observer{broker: b, vhost: vhost, changed: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.observers = append(b.observers, o)
	return o
}

// Close ends the recording; what is recorded stays.
func (o *Observer) Close() {
	o.broker.mu.Lock()
	defer o.broker.mu.Unlock()
	o.broker.observers = slices.DeleteFunc(o.broker.observers, func(x *Observer) bool { return x == o })
}

// Events is all that happened so far, in order.
func (o *Observer) Events() []Event {
	events, _ := o.since(0)
	return events
}

// Wait returns the first event, past or to come, that matches. Errors: the context's.
func (o *Observer) Wait(ctx context.Context, match func(Event) bool) (Event, error) {
	seen := 0
	for {
		events, changed := o.since(seen)
		for _, e := range events {
			if match(e) {
				return e, nil
			}
		}
		seen += len(events)
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("event: %w", ctx.Err())
		}
	}
}

func (o *Observer) since(n int) ([]Event, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.events[n:]), o.changed
}

func (o *Observer) add(e Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, e)
	close(o.changed)
	o.changed = make(chan struct{})
}

// emit numbers the event and tells the observers. The broker's lock is held.
func (b *Broker) emit(e Event) {
	if len(b.observers) == 0 {
		return
	}
	b.eventSeq++
	e.Seq, e.Time = b.eventSeq, b.clock.Now()
	for _, o := range b.observers {
		if o.vhost == "" || o.vhost == e.VHost {
			o.add(e)
		}
	}
}
