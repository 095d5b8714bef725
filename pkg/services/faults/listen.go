package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// answer is the body of every response; an empty Error is success.
type answer struct {
	Error        string `json:"error,omitempty"`
	NotExclusive bool   `json:"notExclusive,omitempty"`
}

// Server answers fault requests on a unix socket until closed.
type Server struct {
	http   *http.Server
	cancel context.CancelFunc // of all requests
	done   chan error
}

// farewell bounds the end of requests that were cancelled.
const farewell = 30 * time.Second

// Listen serves the faults of each kind ("redis", "rabbitmq") on a unix socket at path. The folder of path is what
// protects it: give it mode 0700.
func Listen(path string, of map[string]Faults) (*Server, error) {
	mux := http.NewServeMux()
	for kind, f := range of {
		for verb, do := range verbs {
			mux.HandleFunc("POST /"+kind+"/"+verb, func(w http.ResponseWriter, r *http.Request) {
				reply(w, do(f, r.Context()))
			})
		}
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("fault control: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("fault control: %w", err), listener.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{cancel: cancel, done: make(chan error, 1), http: &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}}
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

// Close cancels requests in flight, waits for their end and removes the socket. Afterwards nobody touches the servers.
func (s *Server) Close() error {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func reply(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	a := answer{}
	if err != nil {
		a = answer{Error: err.Error(), NotExclusive: errors.Is(err, ErrNotExclusive)}
		w.WriteHeader(http.StatusConflict)
	}
	_ = json.NewEncoder(w).Encode(a) // the client is gone: nobody is left to tell
}

// client is a Faults whose deeds are done at the other end of a socket.
type client struct {
	http *http.Client
	kind string
}

// Dial returns the faults of one kind served at a unix socket. Nothing is sent before the first call.
func Dial(path, kind string) Faults {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	// A kept-alive connection would be two goroutines that a leak check in the suite finds.
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	return &client{http: &http.Client{Transport: transport}, kind: kind}
}

func (c *client) do(ctx context.Context, verb string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://faults/"+c.kind+"/"+verb, nil)
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, c.kind, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: fault control: %w", verb, c.kind, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%s %s: fault control: this check has no %s", verb, c.kind, c.kind)
	}
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return fmt.Errorf("%s %s: fault control: %w", verb, c.kind, err)
	}
	switch {
	case a.NotExclusive:
		return fmt.Errorf("%s %s: %w", verb, c.kind, ErrNotExclusive)
	case a.Error != "":
		return fmt.Errorf("%s %s: %s", verb, c.kind, a.Error)
	}
	return nil
}

func (c *client) Cut(ctx context.Context) error     { return c.do(ctx, "cut") }
func (c *client) Stall(ctx context.Context) error   { return c.do(ctx, "stall") }
func (c *client) Mute(ctx context.Context) error    { return c.do(ctx, "mute") }
func (c *client) Down(ctx context.Context) error    { return c.do(ctx, "down") }
func (c *client) Heal(ctx context.Context) error    { return c.do(ctx, "heal") }
func (c *client) Restart(ctx context.Context) error { return c.do(ctx, "restart") }
func (c *client) Kill(ctx context.Context) error    { return c.do(ctx, "kill") }
func (c *client) Start(ctx context.Context) error   { return c.do(ctx, "start") }
