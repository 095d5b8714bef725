package services

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"scalelab/pkg/services/embedded"
	"scalelab/pkg/services/faultproxy"
)

// embeddedRabbit starts a minirabbit for each check.
type embeddedRabbit struct{}

func (embeddedRabbit) start(context.Context) error { return nil }
func (embeddedRabbit) divided() bool               { return false }
func (embeddedRabbit) version() string             { return "minirabbit" }
func (embeddedRabbit) close(context.Context) error { return nil }

func (embeddedRabbit) open(ctx context.Context, _ bool) (tenancy, error) {
	broker, err := embedded.StartRabbitMQ(ctx)
	if err != nil {
		return nil, err
	}
	api, err := servePolicies(broker)
	if err != nil {
		return nil, errors.Join(err, broker.Close())
	}
	return &wholeRabbit{broker: broker, api: api}, nil
}

// wholeRabbit is a broker that belongs to one check.
type wholeRabbit struct {
	broker *embedded.RabbitMQ
	api    *policyAPI
}

func (w *wholeRabbit) addr() string                 { return w.broker.Addr() }
func (w *wholeRabbit) url(addr string) string       { return w.broker.URL(addr) }
func (w *wholeRabbit) management() string           { return w.api.url }
func (w *wholeRabbit) server() faultproxy.Server    { return w.broker }
func (w *wholeRabbit) health(context.Context) error { return nil } // it lives and dies with this process
func (w *wholeRabbit) close(context.Context) error {
	return errors.Join(w.api.close(), w.broker.Close())
}

// policyAPI is as much of RabbitMQ's management API as services.RabbitMQServer uses.
type policyAPI struct {
	url    string // http://user:password@host:port/vhost
	server *http.Server
	done   chan error
}

func servePolicies(broker *embedded.RabbitMQ) (*policyAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(broker.URL(listener.Addr().String()))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	address.Scheme = "http"
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /api/policies/{vhost}/{name}", func(w http.ResponseWriter, r *http.Request) {
		var policy struct {
			Pattern    string
			Definition map[string]any
		}
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&policy)
		if err == nil {
			err = broker.SetPolicy(r.Context(), r.PathValue("name"), policy.Pattern, policy.Definition)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	api := &policyAPI{url: address.String(), done: make(chan error, 1),
		server: &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}}
	go func() { api.done <- api.server.Serve(listener) }()
	return api, nil
}

func (a *policyAPI) close() error {
	err := a.server.Close()
	if served := <-a.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
