package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
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

// farewell bounds the end of requests that were cancelled: a server that is being restarted is waited for.
const farewell = 2 * time.Minute

// Listen serves the faults of each kind ("redis", "rabbitmq") on a unix socket at path. The folder of path is what
// protects it: give it mode 0700.
func Listen(path string, of map[string]Faults) (*Server, error) {
	mux := http.NewServeMux()
	for kind, f := range of {
		handle := func(verb string, do func(r *http.Request) error) {
			mux.HandleFunc("POST /"+kind+"/"+verb, func(w http.ResponseWriter, r *http.Request) { reply(w, do(r)) })
		}
		for verb, do := range verbs {
			handle(verb, func(r *http.Request) error { return do(f, r.Context()) })
		}
		handle("ping", func(*http.Request) error { return nil })
		if f, ok := f.(AMQP); ok {
			handleCounted(handle, f)
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

// handleCounted reads the number, and the duration of a delay, from the query: ?n=2&delay=300ms.
func handleCounted(handle func(verb string, do func(r *http.Request) error), f AMQP) {
	for verb, do := range counted {
		handle(verb, func(r *http.Request) error {
			n, err := strconv.Atoi(r.FormValue("n"))
			if err != nil {
				return err
			}
			return do(f, r.Context(), n)
		})
	}
	handle(delayConfirm, func(r *http.Request) error {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(r.FormValue("delay"))
		if err != nil {
			return err
		}
		return f.DelayConfirm(r.Context(), n, d)
	})
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

// amqpClient is the same for an AMQP.
type amqpClient struct{ *client }

// Dial returns the faults of one kind served at a unix socket. Nothing is sent before the first call.
func Dial(path, kind string) Faults { return dial(path, kind) }

// DialAMQP is Dial for a kind that is served with an AMQP.
func DialAMQP(path, kind string) AMQP { return amqpClient{dial(path, kind)} }

func dial(path, kind string) *client {
	connect := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	// A kept-alive connection would be two goroutines that a leak check in the suite finds.
	transport := &http.Transport{DialContext: connect, DisableKeepAlives: true}
	return &client{http: &http.Client{Transport: transport}, kind: kind}
}

// do asks for a fault; arguments are names and values in turn.
func (c *client) do(ctx context.Context, verb string, arguments ...string) error {
	query := url.Values{}
	for pair := range slices.Chunk(arguments, 2) {
		query.Set(pair[0], pair[1])
	}
	target := url.URL{Scheme: "http", Host: "faults", Path: "/" + c.kind + "/" + verb, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), nil)
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, c.kind, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: fault control: %w", verb, c.kind, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%s %s: fault control: this check has no such fault of %s", verb, c.kind, c.kind)
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
func (c *client) Ping(ctx context.Context) error    { return c.do(ctx, "ping") }

func (c amqpClient) count(ctx context.Context, verb string, n int, more ...string) error {
	return c.do(ctx, verb, append([]string{"n", strconv.Itoa(n)}, more...)...)
}

func (c amqpClient) LoseConfirm(ctx context.Context, n int) error {
	return c.count(ctx, "lose-confirm", n)
}

func (c amqpClient) DelayConfirm(ctx context.Context, n int, d time.Duration) error {
	return c.count(ctx, delayConfirm, n, "delay", d.String())
}

func (c amqpClient) CutBeforePublish(ctx context.Context, n int) error {
	return c.count(ctx, "cut-before-publish", n)
}

func (c amqpClient) CutAfterPublish(ctx context.Context, n int) error {
	return c.count(ctx, "cut-after-publish", n)
}
