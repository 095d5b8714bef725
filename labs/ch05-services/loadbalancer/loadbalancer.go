package loadbalancer

import (
	"context"

	"scalelab/pkg/lab"
)

// Balancer is a load balancer. It hands each request to one of its backends that are well, and asks all of them, again and again,
// how they are. It is safe for concurrent use.
type Balancer struct{}

// New returns a load balancer without backends.
func New(o Options) *Balancer {
	panic(lab.NotImplemented("loadbalancer", "New"))
}

// Add takes a backend in, whose server listens at addr, "host:port". It counts as healthy until something speaks against that.
// Its first probe is sent after Interval. If there is a backend with this ID, Add returns ErrExists.
func (lb *Balancer) Add(b Backend, addr string) error {
	panic(lab.NotImplemented("loadbalancer", "Add"))
}

// Drain takes a backend out: from now on it gets no request, and when those that it has are over, it is removed and Drain returns
// nil. If ctx ends first, Drain returns ctx.Err(), and the backend goes on draining. If there is no such backend, Drain returns
// ErrUnknown.
func (lb *Balancer) Drain(ctx context.Context, id string) error {
	panic(lab.NotImplemented("loadbalancer", "Drain"))
}

// Close ends all probes. When it returns, none is under way and none will be sent. Requests that are under way go on.
func (lb *Balancer) Close() {
	panic(lab.NotImplemented("loadbalancer", "Close"))
}
