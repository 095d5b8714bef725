package registry_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/registry"
	"scalelab/pkg/faultnet"
)

// These tests are a part of what is graded, in a form that can be read. With them green your interface is right; the graded
// checks look into every corner that the README describes.

func TestBindLookupUnbind(t *testing.T) {
	r := registry.NewRegistry()
	_, err := r.Lookup(t.Context(), "bank")
	require.ErrorIs(t, err, registry.ErrNotBound)

	lease, err := r.Bind(t.Context(), "bank", "a:80", time.Hour)
	require.NoError(t, err)
	place, err := r.Lookup(t.Context(), "bank")
	require.NoError(t, err)
	require.Equal(t, "a:80", place.Addr)
	require.Equal(t, lease.Version, place.Version)
	require.Greater(t, place.Left, 59*time.Minute)

	_, err = r.Bind(t.Context(), "bank", "b:80", time.Hour)
	require.ErrorIs(t, err, registry.ErrBound, "the name has an owner")
	require.NoError(t, r.Unbind(t.Context(), lease))
	_, err = r.Bind(t.Context(), "bank", "b:80", time.Hour)
	require.NoError(t, err, "now the name is free")
}

func TestLostLeaseCannotBeRenewed(t *testing.T) {
	r := registry.NewRegistry()
	old, err := r.Bind(t.Context(), "bank", "a:80", time.Hour)
	require.NoError(t, err)
	lease, err := r.Rebind(t.Context(), "bank", "b:80", time.Hour)
	require.NoError(t, err)

	require.ErrorIs(t, r.Renew(t.Context(), old, time.Hour), registry.ErrLeaseLost)
	require.ErrorIs(t, r.Unbind(t.Context(), old), registry.ErrLeaseLost)
	require.NoError(t, r.Renew(t.Context(), lease, time.Hour))
	place, err := r.Lookup(t.Context(), "bank")
	require.NoError(t, err)
	require.Equal(t, "b:80", place.Addr, "the old bank has not taken the name back")
}

// resort is a network with a registry on a host of its own, and a resolver on another.
type resort struct {
	t         *testing.T
	net       *faultnet.Network
	directory registry.Directory
	resolver  *registry.Resolver
	lookUps   int
}

func newResort(t *testing.T) *resort {
	r := &resort{t: t, net: faultnet.New(1)}
	t.Cleanup(r.net.Close)
	r.serve("registry", func(s *registry.Server) { registry.ServeDirectory(s, registry.NewRegistry()) })
	r.directory = registry.NewDirectoryStub(func(ctx context.Context) (net.Conn, error) { return r.connect(ctx, "registry:80") })
	r.resolver = registry.NewResolver(r.directory, r.connect)
	return r
}

// connect connects the client's host to an address. Every look-up is a connection to the registry.
func (r *resort) connect(ctx context.Context, addr string) (net.Conn, error) {
	if addr == "registry:80" {
		r.lookUps++
	}
	return r.net.Host("client").Dial(ctx, "tcp", addr)
}

// serve starts a server at port 80 of a host.
func (r *resort) serve(host string, register func(s *registry.Server)) {
	s := registry.NewServer()
	register(s)
	l, err := r.net.Host(host).Listen("tcp", ":80")
	require.NoError(r.t, err)
	go func() { _ = s.Serve(l) }()
}

// bank starts a bank at a host. Asked for its place, it says which host that is.
func (r *resort) bank(host string) {
	r.serve(host, func(s *registry.Server) {
		s.Register(registry.HandlerName("bank", "Where"), func(context.Context, []byte) ([]byte, error) {
			return []byte(`"` + host + `"`), nil
		})
	})
}

func (r *resort) where() string {
	r.t.Helper()
	var host string
	require.NoError(r.t, r.resolver.Call(r.t.Context(), "bank", "Where", nil, &host))
	return host
}

func TestServiceThatMovesIsFound(t *testing.T) {
	r := newResort(t)
	r.bank("a")
	_, err := r.directory.Bind(t.Context(), "bank", "a:80", time.Hour)
	require.NoError(t, err)
	require.Equal(t, "a", r.where())

	r.net.Host("a").Kill()
	r.bank("b")
	_, err = r.directory.Rebind(t.Context(), "bank", "b:80", time.Hour)
	require.NoError(t, err)
	require.Equal(t, "b", r.where(), "the bank has moved, and the call finds it")
}

func TestPlaceIsRemembered(t *testing.T) {
	r := newResort(t)
	r.bank("a")
	_, err := r.directory.Bind(t.Context(), "bank", "a:80", time.Hour)
	require.NoError(t, err)
	require.Equal(t, "a", r.where())
	before := r.lookUps
	require.Equal(t, "a", r.where())
	require.Equal(t, before, r.lookUps, "the second call does not ask the registry")

	r.net.Host("registry").Kill()
	require.Equal(t, "a", r.where(), "the registry is down, the bank is not")
}

func TestUnknownService(t *testing.T) {
	r := newResort(t)
	err := r.resolver.Call(t.Context(), "bank", "Where", nil, nil)
	require.ErrorIs(t, err, registry.ErrNotBound)
}
