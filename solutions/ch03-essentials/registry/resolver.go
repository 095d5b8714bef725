package registry

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Resolver calls services by their names. It remembers where they are. It is safe for concurrent use.
type Resolver struct {
	directory Directory
	connect   Connect

	mu    sync.Mutex // never held during a look-up or a call
	known map[string]knownPlace
}

// knownPlace is a place, and until when it may be used without asking.
type knownPlace struct {
	Place
	until time.Time
}

// NewResolver returns a resolver that asks d where services are, and connects to them by connect.
func NewResolver(d Directory, connect Connect) *Resolver {
	if d == nil || connect == nil {
		panic("registry: NewResolver needs a directory and a way to connect")
	}
	return &Resolver{directory: d, connect: connect, known: map[string]knownPlace{}}
}

// Call finds the service and runs the handler HandlerName(service, method) there.
func (r *Resolver) Call(ctx context.Context, service, method string, args, reply any) error {
	place, asked, err := r.find(ctx, service)
	if err != nil {
		return err
	}
	ran, err := r.try(ctx, place, HandlerName(service, method), args, reply)
	if ran || asked || ctx.Err() != nil {
		return err
	}
	if place, err = r.lookUp(ctx, service); err != nil {
		return err
	}
	_, err = r.try(ctx, place, HandlerName(service, method), args, reply)
	return err
}

// find returns the remembered place, or what the directory says if there is none or its lease has run out. If the directory cannot
// say anything, an old place is better than none. asked tells whether the directory was asked.
func (r *Resolver) find(ctx context.Context, service string) (place Place, asked bool, err error) {
	r.mu.Lock()
	known, ok := r.known[service]
	r.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.Place, false, nil
	}
	place, err = r.lookUp(ctx, service)
	if err != nil && ok && ctx.Err() == nil && !errors.Is(err, ErrNotBound) {
		return known.Place, true, nil
	}
	return place, true, err
}

// lookUp asks the directory, and remembers its answer. No answer changes nothing.
func (r *Resolver) lookUp(ctx context.Context, service string) (Place, error) {
	began := time.Now() // the answer may be long on its way, and the lease does not wait for it
	place, err := r.directory.Lookup(ctx, service)
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, ErrNotBound) {
		delete(r.known, service)
	}
	if err != nil {
		return Place{}, err
	}
	if known, ok := r.known[service]; !ok || place.Version >= known.Version {
		r.known[service] = knownPlace{place, began.Add(place.Left)}
	}
	return place, nil
}

// try makes the call at one place. It has not run for certain if there was no connection, or if the server at the other end does
// not know the service; in all other cases it may have.
func (r *Resolver) try(ctx context.Context, place Place, handler string, args, reply any) (ran bool, err error) {
	client, err := Dial(ctx, func(ctx context.Context) (net.Conn, error) { return r.connect(ctx, place.Addr) })
	if err != nil {
		return false, err
	}
	defer client.Close()
	err = client.Call(ctx, handler, args, reply)
	return !errors.Is(err, ErrNotRegistered), err
}
