package idempotentbank_test

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

// onServer opens a world on a real server. The subject's clients wait long: a busy machine must not make Redis look broken.
func onServer(t *check.T) (*world, serverEye) {
	server := services.Redis(t)
	e := serverEye{t, server.Observer()}
	connect := func() *redis.Client {
		return server.ClientWith(func(o *redis.Options) { o.DialTimeout, o.ReadTimeout, o.WriteTimeout = patience, patience, patience })
	}
	w := newWorld(t, connect, e)
	w.noScript = e.noScript
	return w, e
}

// noScript is Redis' answer to a hash that it does not know. A look that fails says nothing: then the command is sent.
func (e serverEye) noScript(sha string) error {
	known, err := e.rdb.ScriptExists(e.t.Context(), sha).Result()
	if err != nil || known[0] {
		return nil
	}
	err = e.rdb.EvalSha(e.t.Context(), strings.Repeat("0", 40), nil).Err()
	if !redis.HasErrorPrefix(err, "NOSCRIPT") {
		return nil
	}
	return err
}

// serverEye is the suite's own client. It looks also after the check's context has ended.
type serverEye struct {
	t   *check.T
	rdb *redis.Client
}

func (e serverEye) get(key string) (string, bool) {
	text, err := e.rdb.Get(e.t.Context(), key).Result()
	if errors.Is(err, redis.Nil) {
		return "", false
	}
	e.seen(err)
	return text, true
}

func (e serverEye) set(key, text string) { e.seen(e.rdb.Set(e.t.Context(), key, text, 0).Err()) }
func (e serverEye) del(key string)       { e.seen(e.rdb.Del(e.t.Context(), key).Err()) }

// ttls are the remaining times of all keys, in the order of their names; -1 for one that has none.
func (e serverEye) ttls() (accounts, others []time.Duration) {
	keys, err := e.rdb.Keys(e.t.Context(), "*").Result()
	e.seen(err)
	slices.Sort(keys)
	for _, key := range keys {
		left, err := e.rdb.PTTL(e.t.Context(), key).Result()
		e.seen(err)
		switch {
		case left == -2: // it has gone meanwhile
		case strings.HasPrefix(key, "account:"):
			accounts = append(accounts, left)
		default:
			others = append(others, left)
		}
	}
	return accounts, others
}

// seen ends the check if the suite's own look at the server failed: then nothing can be judged.
func (e serverEye) seen(err error) {
	if err != nil {
		check.Unjudged(e.t, "look at Redis: "+err.Error())
	}
}
