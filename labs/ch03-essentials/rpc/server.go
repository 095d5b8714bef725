package rpc

import (
	"net"

	"scalelab/pkg/lab"
)

// Server runs handlers for callers who are far away: it is the skeleton's half of every call. It is safe for concurrent use.
type Server struct{}

// NewServer returns a server without handlers.
func NewServer() *Server {
	panic(lab.NotImplemented("rpc", "NewServer"))
}

// Register makes h the handler of this name, for every connection, also while the server serves. It panics if h is nil.
func (s *Server) Register(name string, h Handler) {
	panic(lab.NotImplemented("rpc", "Register"))
}

// Serve accepts connections from l and serves all of them at the same time. When Accept fails, for instance because l was closed,
// it ends the connections that it has accepted, and returns Accept's error.
//
// Every request gets one reply, as soon as its handler has returned. Handlers run at the same time, those of one connection, too.
func (s *Server) Serve(l net.Listener) error {
	panic(lab.NotImplemented("rpc", "Serve"))
}
