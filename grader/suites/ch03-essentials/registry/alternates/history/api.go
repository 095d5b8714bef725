// Package registry finds services by their names, so that nobody has to know where they are.
//
// A stub hides that a function is called far away. It does not hide where: somebody has to know the address. With a registry that
// somebody is one program alone. A service tells the registry its name and its address when it starts, and whoever wants to call
// it asks the registry first:
//
//	service a ──Bind("bank", "a:80")──▶ registry ◀──Lookup("bank")── client
//	                                                 ──"a:80"──▶
//	          ◀───────────────────call bank.Deposit─────────────────
//
// When the service moves, it binds its new address, and its clients find it again without being told. This is called location
// transparency.
//
// Both sides forget. A service that crashes cannot say goodbye, so it holds its name by a lease, which it has to renew. A client
// that asked once remembers the answer, and must find out by itself that it is no longer true.
//
// This file, remote.go and the four files rpc*.go are given: they are the same for everybody and are not handed in.
package registry

import (
	"context"
	"errors"
	"net"
	"time"
)

// Directory is what a registry can do. The registry itself and its stub far away are both a Directory.
type Directory interface {
	// Bind gives the name to the address for as long as ttl. It fails with ErrBound if the name is bound.
	Bind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error)

	// Rebind is Bind, whether or not the name is bound. If it was, the lease of before is lost.
	Rebind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error)

	// Renew makes the lease run for ttl from now on. It fails with ErrLeaseLost if the lease has run out or is lost.
	Renew(ctx context.Context, lease Lease, ttl time.Duration) error

	// Unbind gives the name back. It fails with ErrLeaseLost if the lease has run out or is lost.
	Unbind(ctx context.Context, lease Lease) error

	// Lookup returns the place of the name. It fails with ErrNotBound if the name is not bound.
	Lookup(ctx context.Context, name string) (Place, error)
}

// Lease is the right to a name for some time.
type Lease struct {
	Name    string
	Version uint64 // greater than that of every earlier lease of this name
}

// Place is where a service is.
type Place struct {
	Addr    string
	Version uint64        // of the lease
	Left    time.Duration // how much longer the lease runs, from the moment at which the registry answered
}

// The errors of a Directory, which may be wrapped: compare with errors.Is. The stub also fails with the errors of Client.Call.
var (
	ErrBound     = errors.New("name is bound")
	ErrNotBound  = errors.New("name is not bound")
	ErrLeaseLost = errors.New("lease is lost")
)

// Connect connects to an address. It returns ctx's error if ctx ends before there is a connection.
type Connect func(ctx context.Context, addr string) (net.Conn, error)

// HandlerName is the name under which a service registers the handler of one of its methods at its Server.
func HandlerName(service, method string) string { return service + "." + method }
