package rpc

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Server keeps its handlers in a table that is replaced and never changed.
type Server struct {
	table atomic.Pointer[map[string]Handler]
}

// NewServer returns a server without handlers.
func NewServer() *Server {
	s := &Server{}
	s.table.Store(&map[string]Handler{})
	return s
}

// Register makes h the handler of this name.
func (s *Server) Register(name string, h Handler) {
	if h == nil {
		panic("rpc: no handler")
	}
	for {
		old := s.table.Load()
		next := map[string]Handler{name: h}
		for n, other := range *old {
			if n != name {
				next[n] = other
			}
		}
		if s.table.CompareAndSwap(old, &next) {
			return
		}
	}
}

// Serve serves what l accepts. It returns when nothing of that is left, handlers neither.
func (s *Server) Serve(l net.Listener) error {
	if l == nil {
		panic("rpc: no listener")
	}
	over := make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(over)
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		ctx, end := context.WithCancel(context.Background())
		go func() {
			select {
			case <-over:
			case <-ctx.Done():
			}
			end()
			conn.Close()
		}()
		all.Go(func() {
			s.loop(ctx, end, conn)
		})
	}
}

func (s *Server) loop(ctx context.Context, end func(), conn net.Conn) {
	var handlers sync.WaitGroup
	defer handlers.Wait()
	for {
		q, err := ReadRequest(conn)
		if err != nil {
			end()
			return
		}
		handlers.Go(func() {
			reply := Response{ID: q.ID, Status: StatusFailed, Body: []byte("the handler panicked")}
			defer func() {
				recover()
				if len(reply.Body) > MaxPayload {
					reply = Response{ID: q.ID, Status: StatusTooLarge}
				}
				WriteResponse(conn, reply)
			}()
			h, ok := (*s.table.Load())[q.Name]
			if !ok {
				reply.Status, reply.Body = StatusNotRegistered, nil
				return
			}
			result, err := h(ctx, q.Args)
			if err != nil {
				reply.Body = fmt.Append(nil, err)
				return
			}
			reply.Status, reply.Body = StatusOK, result
		})
	}
}
