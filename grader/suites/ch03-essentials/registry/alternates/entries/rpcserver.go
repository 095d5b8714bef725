package registry

// This file is given. It is from the model solution of the lab rpc, and it is not handed in.

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Server runs handlers for callers who are far away: it is the skeleton's half of every call. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	handlers map[string]Handler
}

// NewServer returns a server without handlers.
func NewServer() *Server { return &Server{handlers: map[string]Handler{}} }

// Register makes h the handler of this name.
func (s *Server) Register(name string, h Handler) {
	if h == nil {
		panic("rpc: Register needs a handler")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[name] = h
}

// Serve serves the connections that l accepts. When it returns, its context ends, and with it every connection.
func (s *Server) Serve(l net.Listener) error {
	if l == nil {
		panic("rpc: Serve needs a listener")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go s.serve(ctx, conn)
	}
}

// serve reads the requests of one connection until it ends. Handlers run and reply in goroutines of their own, so that neither a
// slow handler nor a client that does not read its replies keeps the next request waiting.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { conn.Close() })
	for {
		q, err := ReadRequest(conn)
		if err != nil {
			return
		}
		go func() {
			p := s.run(ctx, q)
			_ = WriteResponse(conn, p) // it fails if the connection has ended; ReadRequest notices that, too
		}()
	}
}

// run makes the call that q asks for, and returns the reply to it, whatever happens.
func (s *Server) run(ctx context.Context, q Request) (p Response) {
	defer func() {
		if value := recover(); value != nil {
			p = Response{Status: StatusFailed, Body: fmt.Append(nil, "panic: ", value)}
		}
		if len(p.Body) > MaxPayload {
			p = Response{Status: StatusTooLarge}
		}
		p.ID = q.ID
	}()
	h, ok := s.handler(q.Name)
	if !ok {
		return Response{Status: StatusNotRegistered}
	}
	result, err := h(ctx, q.Args)
	if err != nil {
		return Response{Status: StatusFailed, Body: []byte(err.Error())}
	}
	return Response{Status: StatusOK, Body: result}
}

func (s *Server) handler(name string) (Handler, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.handlers[name]
	return h, ok
}
