package services

import (
	"context"
	"net"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"scalelab/pkg/services/internal/memconn"
)

// BubbleRedisServer is a miniredis inside the testing/synctest bubble of its test: its connections are in memory and
// its TTLs follow the bubble's clock.
type BubbleRedisServer struct {
	t    testing.TB
	mini *miniredis.Miniredis
	line *memconn.Line
}

// BubbleRedis starts an empty server in the caller's bubble. It is closed when the bubble's test function ends, with
// every client that Client returned; close clients of your own before.
func BubbleRedis(t testing.TB) *BubbleRedisServer {
	t.Helper()
	mini := miniredis.NewMiniRedis()
	// TTLs are brought up to date by the commands that could notice. A goroutine that ticked would keep the bubble's
	// clock running for ever, and so hide every deadlock.
	mini.ClockTTL(true)
	start, err := mini.Dial() // the way to start without a listener
	if err != nil {
		t.Fatalf("services: bubble redis: %v", err)
	}
	_ = start.Close()
	server := mini.Server()
	t.Cleanup(mini.Close)
	return &BubbleRedisServer{
		t:    t,
		mini: mini,
		line: memconn.NewLine(func(conn net.Conn) { server.ServeConn(conn) }),
	}
}

// Options are those of Client, for a client with settings or hooks of one's own.
func (s *BubbleRedisServer) Options() *redis.Options {
	return plain(&redis.Options{
		Addr: "bubble",
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return s.line.Dial(ctx)
		},
	})
}

// Client returns a client on the line with the faults; it is closed when the test ends.
func (s *BubbleRedisServer) Client() *redis.Client {
	client := redis.NewClient(s.Options())
	cleanup(s.t, client.Close)
	return client
}

// Mini is the server itself, past all faults: for looking without being a client.
func (s *BubbleRedisServer) Mini() *miniredis.Miniredis { return s.mini }

// Cut closes every connection; new ones are accepted. In a bubble go-redis cannot see that a pooled connection was
// closed, so the next command on each fails with EOF; over real sockets it reconnects unseen. Right code bears both.
func (s *BubbleRedisServer) Cut(ctx context.Context) error { return s.line.Cut(ctx) }

// Stall keeps connections open while no byte moves; what was sent arrives after Heal.
func (s *BubbleRedisServer) Stall(ctx context.Context) error { return s.line.Stall(ctx) }

// Mute stops the server's answers; commands still arrive.
func (s *BubbleRedisServer) Mute(ctx context.Context) error { return s.line.Mute(ctx) }

// Down closes every connection and refuses new ones.
func (s *BubbleRedisServer) Down(ctx context.Context) error { return s.line.Down(ctx) }

// Heal undoes Stall, Mute and Down.
func (s *BubbleRedisServer) Heal(ctx context.Context) error { return s.line.Heal(ctx) }
