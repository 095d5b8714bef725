package delivery_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
	"scalelab/pkg/spacetime"
)

const (
	lift     = "lift"
	valley   = "valley"
	stranger = "stranger"

	latency = 10 * time.Millisecond
	retry   = 100 * time.Millisecond
	tick    = time.Millisecond // keeps what scenes do apart from what is due anyway
	moment  = 3 * latency      // enough for a packet and its answer
	hour    = time.Hour
)

var (
	toValley = faultnet.Addr{Net: "udp", Host: valley, Port: 7}
	toLift   = faultnet.Addr{Net: "udp", Host: lift, Port: 7}
)

// scene is one small story of a check, on a network of its own.
type scene struct {
	t         *check.T
	title     string
	net       *faultnet.Network
	guarantee delivery.Guarantee
	ctx       context.Context // of the calls; ends when the check has failed
	window    int             // 0 is the default

	names     names // of messages, in the picture
	quiet     bool  // draw nothing
	strict    bool  // the check is about Close
	senders   []*sender
	receivers []*receiver
	finished  bool
	told      func()           // ends the story
	facts     []spacetime.Fact // below the picture
	over      atomic.Bool      // the check has failed in this scene, and its goroutines have to go
}

// begin sets a scene. If the check fails before its end, what happened is drawn.
func begin(t *check.T, g delivery.Guarantee, title string) *scene {
	s := &scene{t: t, title: nameOf(g) + ": " + title, net: faultnet.New(3), guarantee: g, names: names{}}
	s.net.Default(faultnet.Faults{Latency: faultnet.Fixed(latency)})
	s.net.Host(lift)
	s.net.Host(valley)
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithCancel(context.Background()) // t.Context ends before the picture is drawn
	s.told = check.Story(t, s.draw)
	t.Cleanup(func() {
		s.told()
		s.giveUp(cancel)
	})
	return s
}

func nameOf(g delivery.Guarantee) string {
	return [...]string{"At most once", "At least once", "Exactly once"}[g]
}

// until is the context of a call that the scene ends before others. Nothing ends it when the check fails, before the picture is drawn.
func (s *scene) until(limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, limit)
}

// wait lets time pass, and then lets everybody come to rest.
func (s *scene) wait(d time.Duration) {
	time.Sleep(d + tick)
	synctest.Wait()
}

// end closes what is still open. How well that goes is judged in one check only.
func (s *scene) end() {
	for len(s.senders) > 0 {
		s.senders[0].stop()
	}
	for len(s.receivers) > 0 {
		s.receivers[0].stop()
	}
	s.finished = true
	s.told()
}

// stop calls Close, which may hang or forget the conn: the port has to be free for the next program.
func (s *scene) stop(host string, a *antenna, closeIt func() error) {
	s.call(host, "Close", func() (string, error) { return "", closeIt() })
	s.wait(0)
	_ = a.PacketConn.Close()
}

// closes calls Close and expects it to do what it promises.
func (s *scene) closes(host string, a *antenna, closeIt func() error) {
	s.t.Helper()
	s.strict = true
	c := s.call(host, "Close", func() (string, error) { return "", closeIt() })
	s.settles(c, nil, "Close, at once")
	s.wait(0)
	s.same(true, a.closed(), "Close has closed the conn of the %s", host)
	again := s.call(host, "Close", func() (string, error) { return "", closeIt() })
	s.settles(again, nil, "a second Close")
}

// giveUp ends what a scene leaves behind, so that the bubble can end as well: after a failure everything, after its end only what
// goes on sending for ever. Close may hang, so nobody waits for it.
func (s *scene) giveUp(cancel context.CancelFunc) {
	s.over.Store(true)
	cancel()
	s.net.Close()
	if s.finished {
		return
	}
	for _, from := range s.senders {
		go func() { _ = from.Sender.Close() }()
	}
	for _, to := range s.receivers {
		go func() { _ = to.Receiver.Close() }()
	}
}

// leaveIfOver ends a goroutine of the subject that goes on although the scene is over.
func (s *scene) leaveIfOver() {
	if s.over.Load() {
		runtime.Goexit()
	}
}

// draw shows the scene so far, unless it went well.
func (s *scene) draw() {
	if s.quiet || s.finished {
		return
	}
	picture := s.net.Diagram(faultnet.View{
		Lanes: []spacetime.Lane{{Name: lift}, {Name: valley}},
		Label: s.names.label(),
	})
	if len(picture.Steps) == 0 {
		return
	}
	picture.Steps[len(picture.Steps)-1].Highlight = true
	for _, f := range s.facts {
		picture.AddFact(f.Name, f.Text)
	}
	check.Show(s.t, check.Evidence{Kind: "space-time diagram", Title: s.title, Text: picture.Text(), SVG: picture.SVG()})
}

// note writes a step of a host into the picture.
func (s *scene) note(host, text string) {
	if !s.quiet {
		s.net.Host(host).Note(text)
	}
}

// startsAgain notes that the program of a host is started again.
func (s *scene) startsAgain(host, how string) {
	s.note(host, "the program starts again, "+how)
	s.wait(0)
}

// same is require.Equal with the rule first.
func (s *scene) same(want, got any, rule string, args ...any) {
	s.t.Helper()
	require.Equal(s.t, want, got, fmt.Sprintf(rule, args...))
}

// holds fails with the sentence unless it is so.
func (s *scene) holds(ok bool, sentence string, args ...any) {
	s.t.Helper()
	if !ok {
		s.t.Fatalf(sentence, args...)
	}
}
