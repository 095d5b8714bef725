package registry

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Resolver has an entry for each service. Calls that need its place at the same time share one look-up.
type Resolver struct {
	directory Directory
	connect   Connect
	entries   sync.Map // name → *entry
}

// entry is what is known of one service.
type entry struct {
	turn  chan struct{} // held while the directory is asked
	mu    sync.Mutex
	place *Place
	until time.Time
	asked uint64 // look-ups that have ended
}

// NewResolver returns a resolver that asks d where services are.
func NewResolver(d Directory, connect Connect) *Resolver {
	if d == nil || connect == nil {
		panic("registry: nil directory or connect")
	}
	return &Resolver{directory: d, connect: connect}
}

func (r *Resolver) entry(service string) *entry {
	e, _ := r.entries.LoadOrStore(service, &entry{turn: make(chan struct{}, 1)})
	return e.(*entry)
}

// Call finds the service and runs the handler there.
func (r *Resolver) Call(ctx context.Context, service, method string, args, reply any) error {
	e := r.entry(service)
	place, fresh, seen := e.recall()
	if fresh {
		err := r.at(ctx, place, service, method, args, reply)
		if !harmless(err) || ctx.Err() != nil {
			return unwrapped(err)
		}
	}
	answer, err := r.ask(ctx, e, service, seen)
	switch {
	case err == nil:
		place = &answer
	case fresh, place == nil, ctx.Err() != nil, errors.Is(err, ErrNotBound):
		return err
	}
	return unwrapped(r.at(ctx, place, service, method, args, reply))
}

// recall returns the remembered place, if any, whether its lease still runs, and how many look-ups have ended.
func (e *entry) recall() (*Place, bool, uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.place, e.place != nil && time.Now().Before(e.until), e.asked
}

// ask looks the service up, or takes the answer of a look-up that has ended since seen.
func (r *Resolver) ask(ctx context.Context, e *entry, service string, seen uint64) (Place, error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return Place{}, ctx.Err()
	}
	if place, fresh, asked := e.recall(); fresh && asked != seen {
		return *place, nil
	}
	start := time.Now()
	place, err := r.directory.Lookup(ctx, service)
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err == nil:
		e.place, e.until = &place, start.Add(place.Left)
		e.asked++
	case errors.Is(err, ErrNotBound):
		e.place = nil
	}
	return place, err
}

// notSent marks an error of a call that has certainly not run.
type notSent struct{ error }

func (n notSent) Unwrap() error { return n.error }

func harmless(err error) bool {
	var n notSent
	return errors.As(err, &n) || errors.Is(err, ErrNotRegistered)
}

func unwrapped(err error) error {
	var n notSent
	if errors.As(err, &n) {
		return n.error
	}
	return err
}

func (r *Resolver) at(ctx context.Context, place *Place, service, method string, args, reply any) error {
	client, err := Dial(ctx, func(ctx context.Context) (net.Conn, error) { return r.connect(ctx, place.Addr) })
	if err != nil {
		return notSent{err}
	}
	err = client.Call(ctx, HandlerName(service, method), args, reply)
	client.Close()
	return err
}
