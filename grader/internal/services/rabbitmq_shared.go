package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"scalelab/grader/internal/services/rabbit"
	"scalelab/pkg/services/faultproxy"
)

// sharedRabbit is one broker with a virtual host and a user for each check.
type sharedRabbit struct {
	bring   func(ctx context.Context) (*rabbitHost, error) // start it, or find it
	host    *rabbitHost
	api     *rabbit.API
	power   *power
	release string // version

	sentinel *rabbit.Sentinel
}

// rabbitHost is a broker that was brought up or found.
type rabbitHost struct {
	addr       string            // AMQP, host:port
	admin      string            // amqp://administrator:password@addr/vhost
	management string            // http://administrator:password@host:port
	server     faultproxy.Server // nil if it is not ours to restart
	end        func(ctx context.Context) error
}

func (s *sharedRabbit) start(ctx context.Context) error {
	host, err := s.bring(ctx)
	if err != nil {
		return err
	}
	s.host = host
	if host.server != nil {
		s.power = &power{Server: host.server, again: s.watch}
	}
	if s.api, err = rabbit.NewAPI(host.management); err == nil {
		s.release, err = s.api.Version(ctx)
	}
	if err == nil {
		err = s.watch(ctx)
	}
	if err == nil {
		err = s.api.Alarms(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("rabbitmq: %w", err), s.close(context.WithoutCancel(ctx)))
	}
	return nil
}

// watch opens a connection that stays: when it is lost, so is the broker that we know.
func (s *sharedRabbit) watch(ctx context.Context) error {
	if s.sentinel != nil {
		s.sentinel.Close()
	}
	sentinel, err := rabbit.Watch(ctx, s.host.admin)
	if err != nil {
		return err
	}
	s.sentinel = sentinel
	return nil
}

func (s *sharedRabbit) open(ctx context.Context, exclusive bool) (tenancy, error) {
	if err := s.sentinel.Err(); err != nil {
		return nil, lost(RabbitMQ, err)
	}
	if err := s.api.Alarms(ctx); err != nil {
		return nil, s.trouble(ctx, err)
	}
	tenant, err := s.api.NewTenant(ctx)
	if err != nil {
		return nil, s.trouble(ctx, err)
	}
	return &vhost{of: s, tenant: tenant, exclusive: exclusive}, nil
}

func (s *sharedRabbit) health(ctx context.Context) error {
	if s.power != nil && s.power.isOff() {
		return nil
	}
	if err := s.sentinel.Err(); err != nil {
		return lost(RabbitMQ, err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	if err := rabbit.Answers(ctx, s.host.admin); err != nil {
		return lost(RabbitMQ, err)
	}
	if err := s.api.Alarms(ctx); err != nil {
		return s.trouble(ctx, err)
	}
	return nil
}

// dying bounds the time between the first port that a dying broker closes and the last.
const dying = 2 * time.Second

// trouble is what to say of an error of the management API. A broker that dies closes its ports one after another, so
// where there was no answer at all, the sentinel gets a moment to see the end too.
func (s *sharedRabbit) trouble(ctx context.Context, err error) error {
	var unanswered *url.Error
	if errors.As(err, &unanswered) && s.sentinel.EndsWithin(ctx, dying) {
		return lost(RabbitMQ, err)
	}
	return fmt.Errorf("rabbitmq: %w", err)
}

func (s *sharedRabbit) divided() bool   { return true }
func (s *sharedRabbit) version() string { return s.release }

func (s *sharedRabbit) close(ctx context.Context) error {
	if s.sentinel != nil {
		s.sentinel.Close()
	}
	if s.api != nil {
		s.api.Close()
	}
	if s.host == nil {
		return nil
	}
	return s.host.end(ctx)
}

// vhost is a virtual host with its user.
type vhost struct {
	of        *sharedRabbit
	tenant    *rabbit.Tenant
	exclusive bool
}

func (v *vhost) addr() string                     { return v.of.host.addr }
func (v *vhost) url(addr string) string           { return v.tenant.URL(addr) }
func (v *vhost) management() string               { return v.tenant.ManagementURL() }
func (v *vhost) health(ctx context.Context) error { return v.of.health(ctx) }

func (v *vhost) server() faultproxy.Server {
	if v.of.power == nil {
		return nil
	}
	return v.of.power
}

// close starts a broker that the check left dead, and deletes the virtual host.
func (v *vhost) close(ctx context.Context) error {
	if v.exclusive && v.of.power != nil && v.of.power.isOff() {
		if err := v.of.power.Start(ctx); err != nil {
			return err
		}
	}
	return v.tenant.Delete(ctx)
}
