package rpc_test

import (
	"context"
	"fmt"
	"net"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

// latency is how long a message of the network is on its way.
const latency = 10 * time.Millisecond

// scene is one small story between a client and a server, on a network of its own.
type scene struct {
	*story
	t      *check.T
	net    *faultnet.Network
	client *faultnet.Host
	server *faultnet.Host
	atEnd  []func() // run in reverse order
}

// play runs a scene. If the check fails in it, the scene is drawn. Afterwards everything that still waits is let go, so that right
// code leaves no goroutine behind.
func play(t *check.T, title string, body func(s *scene)) {
	t.Helper()
	s := &scene{story: tell(title), t: t, net: faultnet.New(1)}
	s.net.Default(faultnet.Faults{Latency: faultnet.Fixed(latency)})
	s.client, s.server = s.net.Host("client"), s.net.Host("server")
	defer func() {
		s.net.Heal()
		for i := len(s.atEnd) - 1; i >= 0; i-- {
			s.atEnd[i]()
		}
		s.net.Close()
		synctest.Wait()
	}()
	defer check.Story(t, func() { s.show(t) })()
	body(s)
}

func (s *scene) cleanup(f func()) { s.atEnd = append(s.atEnd, f) }

// settle lets everything that is on its way arrive, and everything that follows from it happen.
func (s *scene) settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// listen opens the server's port.
func (s *scene) listen() net.Listener {
	l, err := s.server.Listen("tcp", ":80")
	if err != nil {
		check.Unjudged(s.t, err.Error())
	}
	return l
}

// dial connects the client's host to the server's.
func (s *scene) dial(ctx context.Context) (net.Conn, error) {
	return s.client.Dial(ctx, "tcp", "server:80")
}

// kill ends the server's program, as a crash does. Its machine closes its connections.
func (s *scene) kill() {
	s.crashes("server")
	s.server.Kill()
	s.settle()
}

// reset ends all connections, for both ends.
func (s *scene) reset() {
	s.tells("server", "the connection is reset", "client", "reset")
	s.net.Link("client", "server").Reset()
	s.settle()
}

// stall lets nothing through from the client to the server, so that what the client writes has to wait.
func (s *scene) stall() {
	s.does("server", "does not read for a while")
	s.net.Way("client", "server").Stall()
}

func (s *scene) resume() {
	s.does("server", "reads again")
	s.net.Way("client", "server").Resume()
	s.settle()
}

// same fails unless got is what the rule wants. lane is where the picture shows what was found instead.
func (s *scene) same(lane string, want, got any, rule string, args ...any) {
	s.t.Helper()
	if want != got {
		s.found(lane, fmt.Sprint(want), fmt.Sprint(got))
	}
	require.Equal(s.t, want, got, fmt.Sprintf(rule, args...))
}
