package registry

import (
	"context"
	"math"
	"sync"
	"time"
)

// Registry keeps the history of all leases; a name belongs to the last lease of it, if that still runs.
type Registry struct {
	mu      sync.Mutex
	history []*record
}

type record struct {
	name, addr string
	until      time.Time
}

// NewRegistry returns a registry in which no name is bound.
func NewRegistry() *Registry { return &Registry{} }

// last returns the newest lease of the name and its version, which is its place in the history, counted from 1.
func (r *Registry) last(name string) (*record, uint64) {
	for i := len(r.history) - 1; i >= 0; i-- {
		if r.history[i].name == name {
			return r.history[i], uint64(i) + 1
		}
	}
	return nil, math.MaxUint64
}

func (h *record) runs() bool { return h != nil && time.Until(h.until) > 0 }

// Bind gives a free name to the address.
func (r *Registry) Bind(_ context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h, _ := r.last(name); h.runs() {
		return Lease{}, ErrBound
	}
	return r.write(name, addr, ttl), nil
}

// Rebind gives the name to the address, whoever has it.
func (r *Registry) Rebind(_ context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(name, addr, ttl), nil
}

func (r *Registry) write(name, addr string, ttl time.Duration) Lease {
	r.history = append(r.history, &record{name, addr, time.Now().Add(ttl)})
	return Lease{name, uint64(len(r.history))}
}

// Renew makes the lease run for ttl from now on.
func (r *Registry) Renew(_ context.Context, lease Lease, ttl time.Duration) error {
	return r.until(lease, time.Now().Add(ttl))
}

// Unbind frees the name: the lease has run out a moment ago.
func (r *Registry) Unbind(_ context.Context, lease Lease) error {
	return r.until(lease, time.Now().Add(-time.Nanosecond))
}

func (r *Registry) until(lease Lease, end time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, version := r.last(lease.Name)
	if version != lease.Version || !h.runs() {
		return ErrLeaseLost
	}
	h.until = end
	return nil
}

// Lookup returns the place of the name.
func (r *Registry) Lookup(_ context.Context, name string) (Place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, version := r.last(name)
	if !h.runs() {
		return Place{}, ErrNotBound
	}
	return Place{Addr: h.addr, Version: version, Left: time.Until(h.until)}, nil
}
