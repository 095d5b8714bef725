package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// Resolver remembers in a table that is replaced and never changed, so that nobody needs a lock. A look-up runs in a goroutine of
// its own, which a call may leave.
type Resolver struct {
	directory Directory
	connect   Connect
	table     atomic.Pointer[map[string]memory]
}

type memory struct {
	addr    string
	version uint64
	until   time.Time
}

// NewResolver returns a resolver that asks d where services are.
func NewResolver(d Directory, connect Connect) *Resolver {
	if d == nil || connect == nil {
		panic(errors.New("registry: NewResolver without a directory or a way to connect"))
	}
	r := &Resolver{directory: d, connect: connect}
	r.table.Store(&map[string]memory{})
	return r
}

// update replaces the table by one in which change was made.
func (r *Resolver) update(change func(map[string]memory)) {
	for {
		old := r.table.Load()
		next := make(map[string]memory, len(*old)+1)
		for name, m := range *old {
			next[name] = m
		}
		change(next)
		if r.table.CompareAndSwap(old, &next) {
			return
		}
	}
}

// Call finds the service and runs the handler there.
func (r *Resolver) Call(ctx context.Context, service, method string, args, reply any) error {
	run := func(addr string) (bool, error) {
		client, err := Dial(ctx, func(ctx context.Context) (net.Conn, error) { return r.connect(ctx, addr) })
		if err != nil {
			return false, fmt.Errorf("call %s: %w", service, err)
		}
		defer client.Close()
		err = client.Call(ctx, HandlerName(service, method), args, reply)
		return !errors.Is(err, ErrNotRegistered), err
	}
	m, known := (*r.table.Load())[service]
	if known && time.Now().Before(m.until) {
		if ran, err := run(m.addr); ran || ctx.Err() != nil {
			return err
		}
		known = false // it has been tried
	}
	addr, err := r.where(ctx, service)
	if err != nil {
		if !known || errors.Is(err, ErrNotBound) || ctx.Err() != nil {
			return err
		}
		addr = m.addr
	}
	_, err = run(addr)
	return err
}

// where asks the directory. The newest place of those that are known by then is the answer.
func (r *Resolver) where(ctx context.Context, service string) (string, error) {
	type answer struct {
		addr string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		asked := time.Now()
		place, err := r.directory.Lookup(ctx, service)
		addr := place.Addr
		switch {
		case errors.Is(err, ErrNotBound):
			r.update(func(t map[string]memory) { delete(t, service) })
		case err == nil:
			r.update(func(t map[string]memory) {
				if t[service].version <= place.Version {
					t[service] = memory{place.Addr, place.Version, asked.Add(place.Left)}
				}
				addr = t[service].addr
			})
		}
		answers <- answer{addr, err}
	}()
	select {
	case a := <-answers:
		return a.addr, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
