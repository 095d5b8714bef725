package registry

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// This file makes a Directory callable from far away: a skeleton, ServeDirectory, and a stub, DirectoryStub.

// directoryArgs are the arguments of every method of a directory.
type directoryArgs struct {
	Name  string
	Addr  string
	TTL   time.Duration
	Lease Lease
}

// directoryResult is the result of every method, or which of the directory's errors there is instead.
type directoryResult struct {
	Lease   Lease
	Place   Place
	Refused string
}

// refusals are the directory's own errors, and what they are called on the wire.
var refusals = map[string]error{"bound": ErrBound, "not bound": ErrNotBound, "lease lost": ErrLeaseLost}

// ServeDirectory lets the clients of s call d.
func ServeDirectory(s *Server, d Directory) {
	register := func(method string, run func(context.Context, directoryArgs) (directoryResult, error)) {
		s.Register(HandlerName("directory", method), func(ctx context.Context, payload []byte) ([]byte, error) {
			var args directoryArgs
			if err := json.Unmarshal(payload, &args); err != nil {
				return nil, err
			}
			result, err := run(ctx, args)
			for refused, sentinel := range refusals {
				if errors.Is(err, sentinel) {
					return json.Marshal(directoryResult{Refused: refused})
				}
			}
			if err != nil {
				return nil, err
			}
			return json.Marshal(result)
		})
	}
	register("Bind", func(ctx context.Context, a directoryArgs) (directoryResult, error) {
		lease, err := d.Bind(ctx, a.Name, a.Addr, a.TTL)
		return directoryResult{Lease: lease}, err
	})
	register("Rebind", func(ctx context.Context, a directoryArgs) (directoryResult, error) {
		lease, err := d.Rebind(ctx, a.Name, a.Addr, a.TTL)
		return directoryResult{Lease: lease}, err
	})
	register("Renew", func(ctx context.Context, a directoryArgs) (directoryResult, error) {
		return directoryResult{}, d.Renew(ctx, a.Lease, a.TTL)
	})
	register("Unbind", func(ctx context.Context, a directoryArgs) (directoryResult, error) {
		return directoryResult{}, d.Unbind(ctx, a.Lease)
	})
	register("Lookup", func(ctx context.Context, a directoryArgs) (directoryResult, error) {
		place, err := d.Lookup(ctx, a.Name)
		return directoryResult{Place: place}, err
	})
}

// DirectoryStub is a Directory that is somewhere else. If the registry cannot be reached, its methods fail with ErrUnavailable.
type DirectoryStub struct{ connect Dialer }

var _ Directory = (*DirectoryStub)(nil)

// NewDirectoryStub returns the directory to which connect connects. Each call makes a connection of its own, so a registry that
// was down is found again.
func NewDirectoryStub(connect Dialer) *DirectoryStub { return &DirectoryStub{connect} }

// Bind is Directory.Bind.
func (d *DirectoryStub) Bind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	result, err := d.call(ctx, "Bind", directoryArgs{Name: name, Addr: addr, TTL: ttl})
	return result.Lease, err
}

// Rebind is Directory.Rebind.
func (d *DirectoryStub) Rebind(ctx context.Context, name, addr string, ttl time.Duration) (Lease, error) {
	result, err := d.call(ctx, "Rebind", directoryArgs{Name: name, Addr: addr, TTL: ttl})
	return result.Lease, err
}

// Renew is Directory.Renew.
func (d *DirectoryStub) Renew(ctx context.Context, lease Lease, ttl time.Duration) error {
	_, err := d.call(ctx, "Renew", directoryArgs{Lease: lease, TTL: ttl})
	return err
}

// Unbind is Directory.Unbind.
func (d *DirectoryStub) Unbind(ctx context.Context, lease Lease) error {
	_, err := d.call(ctx, "Unbind", directoryArgs{Lease: lease})
	return err
}

// Lookup is Directory.Lookup.
func (d *DirectoryStub) Lookup(ctx context.Context, name string) (Place, error) {
	result, err := d.call(ctx, "Lookup", directoryArgs{Name: name})
	return result.Place, err
}

func (d *DirectoryStub) call(ctx context.Context, method string, args directoryArgs) (result directoryResult, err error) {
	client, err := Dial(ctx, d.connect)
	if err != nil {
		return directoryResult{}, err
	}
	defer client.Close()
	if err := client.Call(ctx, HandlerName("directory", method), args, &result); err != nil {
		return directoryResult{}, err
	}
	return result, refusals[result.Refused]
}
