package registry

import (
	"context"
	"sync"
	"time"
)

// Registry takes names out when their leases run out, by timers.
type Registry struct {
	mu    sync.RWMutex
	names map[string]*owner
}

// owner has a name. Owners stay, so that versions go on.
type owner struct {
	addr    string
	version uint64
	end     time.Time
	expiry  *time.Timer
	bound   bool
}

// NewRegistry returns a registry in which no name is bound.
func NewRegistry() *Registry { return &Registry{names: make(map[string]*owner)} }

// Bind gives a free name to the address.
func (r *Registry) Bind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	return r.take(name, addr, ttl, false)
}

// Rebind gives the name to the address, whoever has it.
func (r *Registry) Rebind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	return r.take(name, addr, ttl, true)
}

func (r *Registry) take(name, addr string, ttl time.Duration, force bool) (Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.names[name]
	if o == nil {
		o = &owner{}
		r.names[name] = o
	}
	if o.bound && !force {
		return Lease{}, ErrBound
	}
	o.addr, o.bound = addr, true
	o.version += 10
	r.run(o, ttl)
	return Lease{name, o.version}, nil
}

// run makes the owner's lease run for ttl from now on.
func (r *Registry) run(o *owner, ttl time.Duration) {
	if o.expiry != nil {
		o.expiry.Stop()
	}
	end := time.Now().Add(ttl)
	o.end = end
	o.expiry = time.AfterFunc(ttl, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if o.end.Equal(end) {
			o.bound = false
		}
	})
}

// owned calls f with the owner of the lease.
func (r *Registry) owned(lease Lease, f func(o *owner)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.names[lease.Name]
	if o == nil || !o.bound || o.version != lease.Version {
		return ErrLeaseLost
	}
	f(o)
	return nil
}

// Renew makes the lease run for ttl from now on.
func (r *Registry) Renew(_ context.Context, lease Lease, ttl time.Duration) error {
	return r.owned(lease, func(o *owner) { r.run(o, ttl) })
}

// Unbind frees the name.
func (r *Registry) Unbind(_ context.Context, lease Lease) error {
	return r.owned(lease, func(o *owner) {
		o.expiry.Stop()
		o.bound = false
	})
}

// Lookup returns the place of the name.
func (r *Registry) Lookup(_ context.Context, name string) (Place, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	o := r.names[name]
	if o == nil || !o.bound {
		return Place{}, ErrNotBound
	}
	return Place{o.addr, o.version, time.Until(o.end)}, nil
}
