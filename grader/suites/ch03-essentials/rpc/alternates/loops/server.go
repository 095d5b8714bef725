package rpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Server serves each connection by one goroutine that reads and one that writes; handlers queue their replies.
type Server struct{ handlers sync.Map } // name → Handler

// NewServer returns a server without handlers.
func NewServer() *Server { return &Server{} }

// Register makes h the handler of this name.
func (s *Server) Register(name string, h Handler) {
	if h == nil {
		panic("rpc: nil handler")
	}
	s.handlers.Store(name, h)
}

// Serve serves what l accepts, and waits until every connection has come to its end.
func (s *Server) Serve(l net.Listener) error {
	if l == nil {
		panic("rpc: nil listener")
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	var connections sync.WaitGroup
	defer connections.Wait()
	for {
		conn, err := l.Accept()
		if err != nil {
			cancel(err)
			return err
		}
		connections.Go(func() { s.connection(ctx, conn) })
	}
}

func (s *Server) connection(all context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(all)
	replies := make(chan Response)
	go func() {
		defer cancel()
		for {
			q, err := ReadRequest(conn)
			if err != nil {
				return
			}
			go s.handle(ctx, q, replies)
		}
	}()
	go func() {
		<-ctx.Done()
		conn.Close()
	}()
	for {
		select {
		case p := <-replies:
			switch err := WriteResponse(conn, p); {
			case errors.Is(err, ErrTooLarge):
				_ = WriteResponse(conn, Response{ID: p.ID, Status: StatusTooLarge})
			case err != nil:
				cancel()
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) handle(ctx context.Context, q Request, replies chan<- Response) {
	p := Response{ID: q.ID, Status: StatusNotRegistered}
	if h, ok := s.handlers.Load(q.Name); ok {
		p.Status, p.Body = protect(ctx, h.(Handler), q.Args)
	}
	select {
	case replies <- p:
	case <-ctx.Done():
	}
}

func protect(ctx context.Context, h Handler, args []byte) (status Status, body []byte) {
	defer func() {
		if v := recover(); v != nil {
			status, body = StatusFailed, []byte(fmt.Sprintf("handler panicked: %v", v))
		}
	}()
	result, err := h(ctx, args)
	if err != nil {
		return StatusFailed, []byte(err.Error())
	}
	return StatusOK, result
}
