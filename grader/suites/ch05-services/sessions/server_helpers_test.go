package sessions_test

import (
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

// onServer opens a world on a real server. The subject's clients wait long: a busy machine must not make Redis look broken.
func onServer(t *check.T) (*world, eye) {
	server := services.Redis(t)
	e := eye{t, server.Observer()}
	connect := func() *redis.Client {
		return server.ClientWith(func(o *redis.Options) { o.DialTimeout, o.ReadTimeout, o.WriteTimeout = patience, patience, patience })
	}
	w := newWorld(t, connect)
	w.noScript = e.noScript
	return w, e
}

// inBubble opens a world in a bubble.
func inBubble(t *check.T) (*world, *services.BubbleRedisServer) {
	server := services.BubbleRedis(t)
	connect := func() *redis.Client {
		time.Sleep(time.Second) // no two replicas start at the very same instant
		opts := server.Options()
		opts.ReadTimeout = time.Hour // so that nothing but the replica's own timeout ends its wait for an answer
		rdb := redis.NewClient(opts)
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	return newWorld(t, connect), server
}

// eye is the suite's own client, past everything that stands between a replica and the server.
type eye struct {
	t   *check.T
	rdb *redis.Client
}

// noScript is Redis' answer to a hash that it does not know. A look that fails says nothing: then the command is sent.
func (e eye) noScript(sha string) error {
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

func (e eye) keys() []string {
	keys, err := e.rdb.Keys(e.t.Context(), "*").Result()
	e.seen(err)
	slices.Sort(keys)
	return keys
}

// ttls are the remaining times of all keys; -1 for one that has none.
func (e eye) ttls() (all []time.Duration) {
	for _, key := range e.keys() {
		left, err := e.rdb.PTTL(e.t.Context(), key).Result()
		e.seen(err)
		if left != -2 { // it has not gone meanwhile
			all = append(all, left)
		}
	}
	return all
}

// expire makes all that is there go at once, as if its time had come, and says which keys that were.
func (e eye) expire() (gone []string) {
	if gone = e.keys(); len(gone) > 0 {
		e.seen(e.rdb.Del(e.t.Context(), gone...).Err())
	}
	return gone
}

// leave sets the remaining time of all keys.
func (e eye) leave(left time.Duration) {
	for _, key := range e.keys() {
		e.seen(e.rdb.PExpire(e.t.Context(), key, left).Err())
	}
}

// seen ends the check if the suite's own look at the server failed: then nothing can be judged.
func (e eye) seen(err error) {
	if err != nil {
		check.Unjudged(e.t, "look at Redis: "+err.Error())
	}
}
