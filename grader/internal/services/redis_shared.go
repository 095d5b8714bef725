package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/redis/go-redis/v9"

	"scalelab/pkg/services/faultproxy"
)

// databases gives out database numbers of one server.
type databases interface {
	take(ctx context.Context) (int, error)
	giveBack(ctx context.Context, database int) error
}

// sharedRedis is one server with a database for each check.
type sharedRedis struct {
	bring   func(ctx context.Context) (*redisHost, error) // start it, or find it
	host    *redisHost
	power   *power
	release string // version

	incarnation string // run_id of the server that we know
}

// redisHost is a server that was brought up or found.
type redisHost struct {
	addr    string
	user    *url.Userinfo
	numbers databases
	server  faultproxy.Server // nil if it is not ours to restart
	end     func(ctx context.Context) error
}

func (s *sharedRedis) start(ctx context.Context) error {
	host, err := s.bring(ctx)
	if err != nil {
		return err
	}
	s.host = host
	if host.server != nil {
		s.power = &power{Server: host.server, again: s.recognise}
	}
	if s.release, err = serverInfo(ctx, s.options(0), "redis_version"); err == nil {
		err = s.recognise(ctx)
	}
	if err != nil {
		return errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}
	return nil
}

// recognise takes note of which incarnation of the server answers.
func (s *sharedRedis) recognise(ctx context.Context) error {
	id, err := serverInfo(ctx, s.options(0), "run_id")
	s.incarnation = id
	return err
}

func (s *sharedRedis) options(database int) redis.Options {
	o := redis.Options{Addr: s.host.addr, DB: database}
	if s.host.user != nil {
		o.Username = s.host.user.Username()
		o.Password, _ = s.host.user.Password()
	}
	return o
}

func (s *sharedRedis) open(ctx context.Context, exclusive bool) (tenancy, error) {
	if err := s.health(ctx); err != nil {
		return nil, err
	}
	number, err := s.host.numbers.take(ctx)
	if err != nil {
		return nil, err
	}
	d := &redisDatabase{of: s, number: number, exclusive: exclusive}
	if err := d.clear(ctx); err != nil {
		return nil, errors.Join(err, s.host.numbers.giveBack(context.WithoutCancel(ctx), number))
	}
	return d, nil
}

func (s *sharedRedis) health(ctx context.Context) error {
	if s.power != nil && s.power.isOff() {
		return nil
	}
	id, err := serverInfo(ctx, s.options(0), "run_id")
	if err != nil {
		return lost(Redis, err)
	}
	if id != s.incarnation {
		return lost(Redis, errors.New("the server was started again"))
	}
	return nil
}

func (s *sharedRedis) divided() bool   { return true }
func (s *sharedRedis) version() string { return s.release }

func (s *sharedRedis) close(ctx context.Context) error {
	if s.host == nil {
		return nil
	}
	return s.host.end(ctx)
}

// redisDatabase is one numbered database.
type redisDatabase struct {
	of        *sharedRedis
	number    int
	exclusive bool
}

// clear empties the database and, for a check that has the server alone, what databases have in common.
func (d *redisDatabase) clear(ctx context.Context) error {
	err := withRedis(ctx, d.of.options(d.number), func(ctx context.Context, c *redis.Client) error {
		err := c.FlushDB(ctx).Err()
		if d.exclusive {
			err = errors.Join(err, c.ScriptFlush(ctx).Err(), c.FunctionFlush(ctx).Err(), c.ConfigResetStat(ctx).Err())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("redis: empty the database: %w", err)
	}
	return nil
}

func (d *redisDatabase) addr() string           { return d.of.host.addr }
func (d *redisDatabase) url(addr string) string { return redisURL(addr, d.of.host.user, d.number) }
func (d *redisDatabase) management() string     { return "" }

func (d *redisDatabase) server() faultproxy.Server {
	if d.of.power == nil {
		return nil
	}
	return d.of.power
}

func (d *redisDatabase) health(ctx context.Context) error { return d.of.health(ctx) }

// close empties the database. A server that one check had alone is started afresh: that undoes whatever was done to
// its configuration, users, scripts and functions.
func (d *redisDatabase) close(ctx context.Context) error {
	if d.exclusive && d.of.power != nil {
		if err := errors.Join(d.of.power.Kill(ctx), d.of.power.Start(ctx)); err != nil {
			return err
		}
	} else if err := d.clear(ctx); err != nil {
		return err // its number is not given out again
	}
	return d.of.host.numbers.giveBack(ctx, d.number)
}

// numbered is a range of databases that nobody outside this process uses.
type numbered chan int

func newNumbered(first, last int) numbered {
	n := make(numbered, last-first+1)
	for i := first; i <= last; i++ {
		n <- i
	}
	return n
}

func (n numbered) take(ctx context.Context) (int, error) {
	select {
	case database := <-n:
		return database, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("redis: no database is free: %w", ctx.Err())
	}
}

func (n numbered) giveBack(_ context.Context, database int) error {
	n <- database
	return nil
}
