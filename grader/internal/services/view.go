package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"scalelab/pkg/services"
	"scalelab/pkg/services/faultproxy"
	"scalelab/pkg/services/faults"
)

// View is one check's part of the servers.
type View struct {
	pool    *Pool
	dir     string // private folder of the control socket
	control *faults.Server
	parts   map[Kind]*part

	closing sync.Once
	closed  error
}

// part is one server's share of a view.
type part struct {
	tenancy tenancy
	front   front
	leave   func() // gives up the lock on the server
}

// front is what a check's connections go through.
type front interface {
	faults.Faults
	Addr() string
	Close() error
}

// openFront puts a front before the server at addr; server is nil if the check shares it with others.
func openFront(kind Kind, addr string, server faultproxy.Server) (front, error) {
	if kind == RabbitMQ {
		proxy, err := faultproxy.StartAMQP(addr, server)
		if err != nil {
			return nil, err
		}
		return proxy, nil
	}
	proxy, err := faultproxy.Start(addr)
	if err != nil {
		return nil, err
	}
	return faultproxy.Of(proxy, server), nil
}

func openView(ctx context.Context, p *Pool, n Need) (*View, error) {
	v := &View{pool: p, parts: map[Kind]*part{}}
	err := v.enter(ctx, n)
	if err == nil {
		err = v.open(ctx, n)
	}
	if err == nil {
		err = v.listen()
	}
	if err != nil {
		return nil, errors.Join(err, v.Close(context.WithoutCancel(ctx)))
	}
	return v, nil
}

// enter waits until the servers answer and this view may use them.
func (v *View) enter(ctx context.Context, n Need) error {
	for _, kind := range inOrder(n.Kinds) {
		b := v.pool.banks[kind]
		if err := b.ready(ctx); err != nil {
			return err
		}
		if err := n.within(b.provider, kind); err != nil {
			return err
		}
		leave, err := b.enter(ctx, n.Exclusive)
		if err != nil {
			return err
		}
		v.parts[kind] = &part{leave: leave}
	}
	return nil
}

// open makes the tenancies, side by side, and puts a fault proxy in front of each.
func (v *View) open(ctx context.Context, n Need) error {
	group, ctx := errgroup.WithContext(ctx)
	for kind, part := range v.parts {
		group.Go(func() error {
			var err error
			if part.tenancy, err = v.pool.banks[kind].source.open(ctx, n.Exclusive); err != nil {
				return err
			}
			var server faultproxy.Server
			if n.Exclusive {
				server = part.tenancy.server()
			}
			part.front, err = openFront(kind, part.tenancy.addr(), server)
			return err
		})
	}
	return group.Wait()
}

// listen serves the fault controls of all parts.
func (v *View) listen() error {
	controls := map[string]faults.Faults{}
	for kind, part := range v.parts {
		controls[string(kind)] = part.front
	}
	var err error
	if v.dir, err = v.pool.host.folder.Sub("v"); err != nil {
		return err
	}
	v.control, err = faults.Listen(v.socket(), controls)
	return err
}

func (v *View) socket() string { return filepath.Join(v.dir, "faults") }

// Env is what the check's environment must hold.
func (v *View) Env() []string {
	env := []string{services.EnvFaults + "=" + v.socket()}
	if p := v.parts[Redis]; p != nil {
		env = append(env,
			services.EnvRedisURL+"="+p.tenancy.url(p.front.Addr()),
			services.EnvRedisDirect+"="+p.tenancy.url(p.tenancy.addr()))
	}
	if p := v.parts[RabbitMQ]; p != nil {
		env = append(env,
			services.EnvRabbitMQURL+"="+p.tenancy.url(p.front.Addr()),
			services.EnvRabbitMQDirect+"="+p.tenancy.url(p.tenancy.addr()),
			services.EnvRabbitMQManagement+"="+p.tenancy.management())
	}
	return env
}

// Folder holds the control socket and nothing else; a sandbox must let the check enter it.
func (v *View) Folder() string { return v.dir }

// Health is nil if each server that answers now is the very one that the view was opened on, or one that the check
// itself killed or restarted, and took messages all the time. Otherwise what the check saw may have been the server's
// trouble, and proves nothing.
func (v *View) Health(ctx context.Context) error {
	var err error
	for _, part := range v.parts {
		err = errors.Join(err, part.health(ctx))
	}
	return err
}

// health remembers an alarm that is over again, if the check's connections felt it.
func (p *part) health(ctx context.Context) error {
	if amqp, ok := p.front.(*faultproxy.AMQP); ok && amqp.Blocked() != "" {
		return fmt.Errorf("rabbitmq: the broker has blocked connections of the check: %s", amqp.Blocked())
	}
	return p.tenancy.health(ctx)
}

// parting bounds Close; starting a broker that a check left dead takes longest.
const parting = 3 * time.Minute

// Close removes the view with all that the check left in it. A second Close does nothing. The end of ctx does not cut
// it short: the next check depends on it.
func (v *View) Close(ctx context.Context) error {
	v.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
		defer cancel()
		v.pool.forget(v)
		v.closed = v.close(ctx)
	})
	return v.closed
}

func (v *View) close(ctx context.Context) error {
	var err error
	if v.control != nil {
		err = v.control.Close()
	}
	for kind, part := range v.parts {
		if e := part.close(ctx); e != nil {
			err = errors.Join(err, fmt.Errorf("close the view of %s: %w", kind, e))
		}
	}
	if v.dir != "" {
		err = errors.Join(err, os.RemoveAll(v.dir))
	}
	return err
}

func (p *part) close(ctx context.Context) error {
	defer p.leave()
	var err error
	if p.front != nil {
		err = p.front.Close()
	}
	if p.tenancy != nil {
		err = errors.Join(err, p.tenancy.close(ctx))
	}
	return err
}
