package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/registry"
	"scalelab/pkg/check"
)

// service is a service at one host, port 80.
type service struct {
	w    *town
	name string
	host string

	mu   sync.Mutex
	runs int // of all its handlers
	gate chan struct{}
}

// open starts a service. Its methods are "ask" and "tell", which say who answers, "refuse", which fails, "list", whose result is
// no text, and "hold", which waits until letGo or the end of its context.
func (w *town) open(name, host string) *service {
	v := &service{w: w, name: name, host: host, gate: make(chan struct{})}
	w.does("host "+host, name+" starts")
	server := registry.NewServer()
	for _, method := range []string{"ask", "tell", "refuse", "list", "hold"} {
		server.Register(registry.HandlerName(name, method), func(ctx context.Context, args []byte) ([]byte, error) {
			return v.handle(ctx, method, args)
		})
	}
	l, err := w.net.Host(host).Listen("tcp", ":80")
	if err != nil {
		check.Unjudged(w.t, err.Error())
	}
	go func() { _ = server.Serve(l) }()
	w.cleanup(func() {
		l.Close()
		v.letGo()
	})
	return v
}

func (v *service) handle(ctx context.Context, method string, args []byte) ([]byte, error) {
	v.mu.Lock()
	v.runs++
	gate := v.gate
	v.mu.Unlock()
	switch method {
	case "refuse":
		return nil, errors.New("no funds")
	case "list":
		return []byte("[1, 2]"), nil
	case "hold":
		select {
		case <-gate:
		case <-ctx.Done():
		}
	}
	return fmt.Appendf(nil, `"%s at %s: %s"`, v.name, v.host, strings.Trim(string(args), `"`)), nil
}

// letGo makes the handlers "hold" return.
func (v *service) letGo() {
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-v.gate:
	default:
		close(v.gate)
	}
}

// kill ends whatever runs at the host.
func (w *town) kill(host string) {
	w.does("host "+host, "its program is killed")
	w.net.Host(host).Kill()
	w.settle()
}

// ran fails unless the handlers of the service have run so often.
func (v *service) ran(want int, rule string) {
	v.w.t.Helper()
	v.mu.Lock()
	got := v.runs
	v.mu.Unlock()
	text := func(n int) string { return fmt.Sprintf("%s at %s has run %d times", v.name, v.host, n) }
	if want != got {
		v.w.wrong("host "+v.host, text(want), text(got))
	}
	require.Equal(v.w.t, text(want), text(got), rule)
}
