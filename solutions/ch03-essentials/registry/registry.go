package registry

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Registry is the Directory itself: it keeps names, addresses and leases in memory. It is safe for concurrent use.
//
// Nothing happens when a lease runs out. Whoever looks at a binding looks at the clock, too.
type Registry struct {
	mu       sync.Mutex
	bindings map[string]binding
	last     uint64 // version given to a lease, of whichever name
}

var _ Directory = (*Registry)(nil)

// binding is who has a name, and until when.
type binding struct {
	addr    string
	version uint64
	end     time.Time
}

// NewRegistry returns a registry in which no name is bound.
func NewRegistry() *Registry { return &Registry{bindings: map[string]binding{}} }

// Bind gives a free name to the address.
func (r *Registry) Bind(_ context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, bound := r.live(name); bound {
		return Lease{}, fmt.Errorf("bind %s: %w", name, ErrBound)
	}
	return r.bind(name, addr, ttl), nil
}

// Rebind gives the name to the address, whoever has it.
func (r *Registry) Rebind(_ context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bind(name, addr, ttl), nil
}

// Renew makes the lease run for ttl from now on.
func (r *Registry) Renew(_ context.Context, lease Lease, ttl time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.held(lease)
	if !ok {
		return fmt.Errorf("renew %s: %w", lease.Name, ErrLeaseLost)
	}
	b.end = time.Now().Add(ttl)
	r.bindings[lease.Name] = b
	return nil
}

// Unbind frees the name.
func (r *Registry) Unbind(_ context.Context, lease Lease) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.held(lease); !ok {
		return fmt.Errorf("unbind %s: %w", lease.Name, ErrLeaseLost)
	}
	delete(r.bindings, lease.Name)
	return nil
}

// Lookup returns the place of the name.
func (r *Registry) Lookup(_ context.Context, name string) (Place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, bound := r.live(name)
	if !bound {
		return Place{}, fmt.Errorf("look up %s: %w", name, ErrNotBound)
	}
	return Place{Addr: b.addr, Version: b.version, Left: time.Until(b.end)}, nil
}

// bind makes a new lease. Versions are never used again, not even for another name.
func (r *Registry) bind(name, addr string, ttl time.Duration) Lease {
	r.last++
	r.bindings[name] = binding{addr, r.last, time.Now().Add(ttl)}
	return Lease{Name: name, Version: r.last}
}

// live returns the binding of a name whose lease has not run out.
func (r *Registry) live(name string) (binding, bool) {
	b, ok := r.bindings[name]
	return b, ok && time.Now().Before(b.end)
}

// held returns the binding that the lease is for, if it is still that one.
func (r *Registry) held(lease Lease) (binding, bool) {
	b, ok := r.live(lease.Name)
	return b, ok && b.version == lease.Version
}
