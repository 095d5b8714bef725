package rpc_test

import (
	"context"
	"strings"
	"sync"
	"testing/synctest"

	"scalelab/labs/ch03-essentials/rpc"
)

// service is the student's server, with handlers that the check can hold.
type service struct {
	s      *scene
	server *rpc.Server
	close  func() // the listener
	served chan error

	mu    sync.Mutex
	holds map[string]*hold // by what the caller said
}

// hold is a call of the handler "hold", which returns when the check says so or when its context ends.
type hold struct {
	began, interrupted bool
	release            chan struct{}
	drawn              string // the state that stands in the picture
}

// serve starts the student's server. Its handlers are "echo", which returns its arguments, and "hold".
func (s *scene) serve() *service {
	v := &service{s: s, server: rpc.NewServer(), served: make(chan error, 1), holds: map[string]*hold{}}
	v.server.Register("echo", func(_ context.Context, args []byte) ([]byte, error) { return args, nil })
	v.server.Register("hold", v.hold)
	l := s.listen()
	v.close = sync.OnceFunc(func() { l.Close() })
	go func() { v.served <- v.server.Serve(l) }()
	s.cleanup(func() {
		v.close()
		v.letAllGo()
	})
	synctest.Wait()
	return v
}

// hold is the handler.
func (v *service) hold(ctx context.Context, args []byte) ([]byte, error) {
	name := strings.Trim(string(args), `"`)
	h := v.of(name)
	v.mu.Lock()
	h.began = true
	v.mu.Unlock()
	select {
	case <-h.release:
		return []byte(`"done ` + name + `"`), nil
	case <-ctx.Done():
		v.mu.Lock()
		h.interrupted = true
		v.mu.Unlock()
		<-h.release // so that it is no matter of chance whether a reply can still be sent
		return nil, ctx.Err()
	}
}

func (v *service) of(name string) *hold {
	v.mu.Lock()
	defer v.mu.Unlock()
	h, ok := v.holds[name]
	if !ok {
		h = &hold{release: make(chan struct{})}
		v.holds[name] = h
	}
	return h
}

// The states of a call of "hold".
const (
	notBegun    = "not begun"
	running     = "running"
	interrupted = "its context has ended"
)

// expect fails unless this has become of a call of "hold".
func (v *service) expect(name, want, rule string, args ...any) {
	v.s.t.Helper()
	h := v.of(name)
	got := v.state(h)
	if got == want && got != h.drawn && got != notBegun {
		h.drawn = got
		v.s.does("server", "handler of "+name+": "+got)
	}
	v.s.same("server", "handler of "+name+": "+want, "handler of "+name+": "+got, rule, args...)
}

func (v *service) state(h *hold) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case h.interrupted:
		return interrupted
	case h.began:
		return running
	}
	return notBegun
}

// letGo makes a call of "hold" return.
func (v *service) letGo(name string) {
	v.s.does("server", "handler of "+name+" may return")
	close(v.of(name).release)
	v.s.settle()
}

func (v *service) letAllGo() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, h := range v.holds {
		select {
		case <-h.release:
		default:
			close(h.release)
		}
	}
}

// returned tells whether Serve has returned, and with which error.
func (v *service) returned() (err error, ok bool) {
	select {
	case err := <-v.served:
		v.served <- err
		return err, true
	default:
		return nil, false
	}
}
