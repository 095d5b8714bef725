package registry

import (
	"context"
	"time"

	"scalelab/pkg/lab"
)

// Registry is the Directory itself: it keeps names, addresses and leases in memory. It is safe for concurrent use.
type Registry struct{}

var _ Directory = (*Registry)(nil)

// NewRegistry returns a registry in which no name is bound.
func NewRegistry() *Registry {
	panic(lab.NotImplemented("registry", "NewRegistry"))
}

// Bind gives a free name to the address, or fails with ErrBound.
func (r *Registry) Bind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	panic(lab.NotImplemented("registry", "Bind"))
}

// Rebind gives the name to the address, whoever has it.
func (r *Registry) Rebind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	panic(lab.NotImplemented("registry", "Rebind"))
}

// Renew makes the lease run for ttl from now on, or fails with ErrLeaseLost.
func (r *Registry) Renew(ctx context.Context, lease Lease, ttl time.Duration) error {
	panic(lab.NotImplemented("registry", "Renew"))
}

// Unbind frees the name, or fails with ErrLeaseLost.
func (r *Registry) Unbind(ctx context.Context, lease Lease) error {
	panic(lab.NotImplemented("registry", "Unbind"))
}

// Lookup returns the place of the name, or fails with ErrNotBound.
func (r *Registry) Lookup(ctx context.Context, name string) (Place, error) {
	panic(lab.NotImplemented("registry", "Lookup"))
}
