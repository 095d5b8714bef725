package services

import (
	"context"
	"errors"

	"scalelab/pkg/services/faultproxy"
)

// redisServer is a Redis that one check has for itself.
type redisServer interface {
	faultproxy.Server
	Addr() string
	Running() bool
	Close() error
}

// privateRedis starts a server for each check.
type privateRedis struct {
	launch func(ctx context.Context) (redisServer, error)
	about  func(ctx context.Context, addr string) (string, error) // the version of a server
	found  string
}

// start proves with one server that they can be started, and asks for its version.
func (p *privateRedis) start(ctx context.Context) error {
	server, err := p.launch(ctx)
	if err != nil {
		return err
	}
	p.found, err = p.about(ctx, server.Addr())
	return errors.Join(err, server.Close())
}

func (p *privateRedis) open(ctx context.Context, _ bool) (tenancy, error) {
	server, err := p.launch(ctx)
	if err != nil {
		return nil, err
	}
	return &wholeRedis{own: server, power: &power{Server: server}}, nil
}

func (p *privateRedis) divided() bool               { return false }
func (p *privateRedis) version() string             { return p.found }
func (p *privateRedis) close(context.Context) error { return nil }

// wholeRedis is a server that belongs to one check.
type wholeRedis struct {
	own   redisServer
	power *power
}

func (w *wholeRedis) addr() string                { return w.own.Addr() }
func (w *wholeRedis) url(addr string) string      { return redisURL(addr, nil, 0) }
func (w *wholeRedis) management() string          { return "" }
func (w *wholeRedis) server() faultproxy.Server   { return w.power }
func (w *wholeRedis) close(context.Context) error { return w.own.Close() }

func (w *wholeRedis) health(ctx context.Context) error {
	if w.power.isOff() {
		return nil
	}
	if !w.own.Running() {
		return lost(Redis, errors.New("its process ended"))
	}
	if err := pingRedis(ctx, w.own.Addr()); err != nil {
		return lost(Redis, err)
	}
	return nil
}
