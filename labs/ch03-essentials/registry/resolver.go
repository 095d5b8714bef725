package registry

import (
	"context"

	"scalelab/pkg/lab"
)

// Resolver calls services by their names. It remembers where they are. It is safe for concurrent use.
type Resolver struct{}

// NewResolver returns a resolver that asks d where services are, and connects to them by connect. It panics if either is nil.
func NewResolver(d Directory, connect Connect) *Resolver {
	panic(lab.NotImplemented("registry", "NewResolver"))
}

// Call finds the service and runs the handler HandlerName(service, method) there, over a connection of its own.
//
// A remembered place is used until its lease runs out. If nobody can be reached there, or the service is not there any more, the
// directory is asked again, and the call is tried once more. A call that may have run is never repeated.
func (r *Resolver) Call(ctx context.Context, service, method string, args, reply any) error {
	panic(lab.NotImplemented("registry", "Call"))
}
