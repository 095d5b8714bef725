package rpc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Server knows its connections, and closes them when Serve ends.
type Server struct {
	mu       sync.RWMutex
	handlers map[string]Handler
}

// NewServer returns a server without handlers.
func NewServer() *Server { return &Server{handlers: make(map[string]Handler)} }

// Register makes h the handler of this name.
func (s *Server) Register(name string, h Handler) {
	if h == nil {
		panic("rpc: Register without a handler")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[name] = h
}

// session is one connection with the lock of those who write to it.
type session struct {
	server *Server
	conn   net.Conn
	ctx    context.Context
	end    context.CancelFunc
	mu     sync.Mutex
	out    *bufio.Writer
}

// Serve serves what l accepts.
func (s *Server) Serve(l net.Listener) error {
	if l == nil {
		panic("rpc: Serve without a listener")
	}
	var mu sync.Mutex
	open := map[*session]bool{}
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		for n := range open {
			n.close()
		}
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		n := &session{server: s, conn: conn, out: bufio.NewWriter(conn)}
		n.ctx, n.end = context.WithCancel(context.Background())
		mu.Lock()
		open[n] = true
		mu.Unlock()
		go func() {
			n.serve()
			n.close()
			mu.Lock()
			delete(open, n)
			mu.Unlock()
		}()
	}
}

func (n *session) close() {
	n.end()
	n.conn.Close()
}

func (n *session) serve() {
	in := bufio.NewReader(n.conn)
	for {
		q, err := ReadRequest(in)
		if err != nil {
			return
		}
		go n.answer(q)
	}
}

func (n *session) answer(q Request) {
	n.server.mu.RLock()
	h := n.server.handlers[q.Name]
	n.server.mu.RUnlock()
	p := Response{ID: q.ID}
	if h == nil {
		p.Status = StatusNotRegistered
	} else if result, err := call(n.ctx, h, q.Args); err != nil {
		p.Status, p.Body = StatusFailed, []byte(err.Error())
	} else {
		p.Body = result
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	err := WriteResponse(n.out, p)
	if errors.Is(err, ErrTooLarge) {
		err = WriteResponse(n.out, Response{ID: q.ID, Status: StatusTooLarge})
	}
	if err == nil {
		err = n.out.Flush()
	}
	if err != nil {
		n.close()
	}
}

// call makes an error of a panic.
func call(ctx context.Context, h Handler, args []byte) (result []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			result, err = nil, fmt.Errorf("panic in handler: %v", v)
		}
	}()
	return h(ctx, args)
}
