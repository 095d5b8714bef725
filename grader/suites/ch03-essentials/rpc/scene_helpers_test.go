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
	"scalelab/pkg/spacetime"
)

// latency is how long a message of the network is on its way.
const latency = 10 * time.Millisecond

// scene is one small story between a client and a server, on a network of its own.
type scene struct {
	t      *check.T
	title  string
	net    *faultnet.Network
	client *faultnet.Host
	server *faultnet.Host
	quiet  bool     // calls do not tell in the picture when they return
	atEnd  []func() // run in reverse order
	facts  []spacetime.Fact
}

// play runs a scene. If the check fails in it, the scene is drawn. Afterwards everything that still waits is let go, so that right
// code leaves no goroutine behind.
func play(t *check.T, title string, body func(s *scene)) {
	t.Helper()
	s := &scene{t: t, title: title, net: faultnet.New(1)}
	s.net.Default(faultnet.Faults{Latency: faultnet.Fixed(latency)})
	s.client, s.server = s.net.Host("client"), s.net.Host("server")
	defer func() {
		if t.Failed() {
			s.show()
		}
		s.net.Heal()
		for i := len(s.atEnd) - 1; i >= 0; i-- {
			s.atEnd[i]()
		}
		s.net.Close()
		synctest.Wait()
	}()
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

// same fails unless got is what the rule wants. at is the host in whose lane the picture shows what was found instead.
func (s *scene) same(at *faultnet.Host, want, got any, rule string, args ...any) {
	s.t.Helper()
	if want != got {
		at.Step(spacetime.Step{Text: fmt.Sprint("here: ", got), Highlight: true})
		s.facts = []spacetime.Fact{{Name: "expected", Text: fmt.Sprint(want)}, {Name: "actual", Text: fmt.Sprint(got)}}
	}
	require.Equal(s.t, want, got, fmt.Sprintf(rule, args...))
}

// show draws what crossed the network, and what the check noted of calls and handlers.
func (s *scene) show() {
	picture := s.net.Diagram(faultnet.View{Title: s.title, Label: label})
	for _, f := range s.facts {
		picture.AddFact(f.Name, f.Text)
	}
	svg := picture.SVG()
	picture.Title = "" // the evidence has it
	check.Show(s.t, check.Evidence{Kind: "space-time diagram", Title: s.title, Text: picture.Text(), SVG: svg})
}
