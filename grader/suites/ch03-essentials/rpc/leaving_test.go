package rpc_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

func TestCancelledCallReturnsAtOnce(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "Two calls leave, one stays", func(s *scene) {
			b, d := s.open()
			const limit = 5 * time.Second
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			timed, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			late, leaves, stays := d.ask(timed, "late"), d.ask(ctx, "leaves"), d.ask(t.Context(), "stays")
			s.does("client", "the context of leaves ends")
			cancel()
			synctest.Wait()
			leaves.expect("context.Canceled", "a call whose context is cancelled returns at once")
			late.waiting("a call whose context has not ended waits for its reply")
			s.does("client", "the deadline of late passes")
			time.Sleep(limit)
			synctest.Wait()
			stays.waiting("a call whose context has not ended waits for its reply, when the deadline of another one has passed")
			late.expect("context.DeadlineExceeded", "a call whose deadline passes returns at once")
			s.same("client", limit, late.took, "how long the call with the deadline took, in virtual time")
			b.reply("stays")
			stays.answered("a call that stays gets its reply, although others have left")
			d.lives(b, "next", "when a call has left,")
		})
		play(t, "A connection that takes no more bytes", aStalledConnection)
		play(t, "More than a thousand calls, and a connection that takes no more bytes", aStalledCrowd)
	})
}

// aStalledConnection fills what a connection can hold. Then calls can neither write nor finish writing.
func aStalledConnection(s *scene) {
	b, d := s.open()
	s.stall()
	const size = 40_000
	stays := []*call{d.askLarge(s.t.Context(), "stays 1", size)}
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	leaves := []*call{d.askLarge(ctx, "leaves 1", size), d.askLarge(ctx, "leaves 2", size), d.ask(ctx, "leaves 3")}
	stays = append(stays, d.askLarge(s.t.Context(), "stays 2", size))
	s.does("client", "the context of leaves 1, 2 and 3 ends")
	cancel()
	synctest.Wait()
	for _, c := range leaves {
		c.expect("context.Canceled", "a call whose context is cancelled returns at once, also if the connection takes no bytes")
	}
	s.resume()
	for i, c := range stays {
		b.reply(fmt.Sprintf("stays %d", i+1))
		c.answered("a call that stays gets its reply when the connection takes bytes again")
	}
	d.lives(b, "next", "after that")
}

// aStalledCrowd leaves a connection that takes no bytes: more calls than a queue that looks large enough has room for.
func aStalledCrowd(s *scene) {
	const many = 1_100
	b, d := s.open()
	s.stall()
	const size = 40_000 // two fill the connection
	stays := []*call{d.askLarge(s.t.Context(), "stays 1", size), d.askLarge(s.t.Context(), "stays 2", size)}
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	s.does("client", fmt.Sprintf("%d calls", many))
	returned := make(chan error, many)
	for range many {
		go func() { returned <- d.client.Call(ctx, "ask", "leaves", nil) }()
	}
	s.settle()
	s.does("client", "their context ends")
	cancel()
	synctest.Wait()
	s.same("client", fmt.Sprintf("%d calls have returned", many), fmt.Sprintf("%d calls have returned", len(returned)),
		"calls whose context is cancelled return at once, however many they are, also if the connection takes no bytes")
	for range many {
		s.same("client", "context.Canceled", outcome("", <-returned), "the error of a call whose context is cancelled")
	}
	s.resume()
	for i, c := range stays {
		b.reply(fmt.Sprintf("stays %d", i+1))
		c.answered("a call that stays gets its reply when the connection takes bytes again")
	}
	d.lives(b, "next", "after that")
}

func TestStrayReplyIsDropped(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "A reply that comes late", func(s *scene) {
			b, d := s.open()
			ctx, cancel := context.WithCancel(t.Context())
			left := d.ask(ctx, "left")
			b.request("left")
			s.does("client", "the context of left ends")
			cancel()
			synctest.Wait()
			left.expect("context.Canceled", "a call whose context is cancelled returns")
			next := d.ask(t.Context(), "next")
			b.reply("left")
			next.waiting("a late reply to a call that has left is not given to another one")
			s.same("client", "", left.reply, "the reply variable of the call that has left, when its late reply has come")
			b.reply("next")
			next.answered("a call gets its own reply after a late one to another call")
			d.lives(b, "last", "after a late reply")
		})
		play(t, "A reply that comes twice", func(s *scene) {
			b, d := s.open()
			first := d.ask(t.Context(), "first")
			reply := rpc.Response{ID: b.request("first").ID, Body: []byte(`"reply to first"`)}
			b.respond(reply)
			first.answered("a call gets its reply")
			next := d.ask(t.Context(), "next")
			b.respond(reply)
			next.waiting("a reply that comes again is not given to another call")
			b.reply("next")
			next.answered("a call gets its own reply after another one has come twice")
			d.lives(b, "last", "after a reply that has come twice")
		})
		play(t, "A reply that comes often, while its call decodes it", repliesToABusyCall)
		play(t, "A reply to nobody", func(s *scene) {
			b, d := s.open()
			c := d.ask(t.Context(), "a")
			for _, id := range unused(b.ids()) {
				b.respond(rpc.Response{ID: id, Body: []byte(`"to nobody"`)})
			}
			c.waiting("a reply with an ID that was never used is given to nobody")
			b.reply("a")
			c.answered("a call gets its own reply after one to nobody")
			next := d.ask(t.Context(), "b")
			next.waiting("a reply with an ID that was not used when it came is given to nobody, also not later")
			b.reply("b")
			next.answered("a call gets its own reply after one to nobody")
			d.lives(b, "last", "after a reply to nobody")
		})
	})
}

// slowReply is a reply variable that takes until released to decode, the first time.
type slowReply struct {
	entered, release chan struct{}
	once             sync.Once
}

func (r *slowReply) UnmarshalJSON([]byte) error {
	r.once.Do(func() {
		close(r.entered)
		<-r.release
	})
	return nil
}

// repliesToABusyCall repeats a reply while its call has taken the first one and has not returned yet. That is sure only if it is
// the call that decodes; if the client's reading goroutine does, the repetitions come when the call has returned.
func repliesToABusyCall(s *scene) {
	b, d := s.open()
	slow := &slowReply{entered: make(chan struct{}), release: make(chan struct{})}
	letGo := sync.OnceFunc(func() { close(slow.release) })
	s.cleanup(letGo)
	busy := &call{d: d, name: "busy", done: make(chan struct{})}
	busy.start(func() error { return d.client.Call(s.t.Context(), "ask", "busy", slow) })
	probe := d.ask(s.t.Context(), "probe")
	reply := rpc.Response{ID: b.request("busy").ID, Body: []byte(`"reply to busy"`)}
	b.respond(reply)
	b.reply("probe")
	if !probe.returned() {
		letGo()
		s.settle()
	}
	probe.answered("a call gets its own reply after one to another call")
	b.respond(reply, reply, reply)
	letGo()
	s.settle()
	busy.expect(outcome("", nil), "a call gets its reply, although it comes four times")
	d.lives(b, "last", "after a reply that has come four times")
}

// unused are IDs that the client has not used; among them the next ones, if it counts.
func unused(used map[uint64]bool) []uint64 {
	var highest uint64
	for id := range used {
		highest = max(highest, id)
	}
	var ids []uint64
	for _, id := range []uint64{0, highest + 1, highest + 2, highest ^ 1<<63} {
		if !used[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestNothingStaysPending(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "Calls end in many ways", func(s *scene) {
			b, d := s.open()
			pending := func(want int, when string) {
				t.Helper()
				s.same("client", fmt.Sprint("Pending() = ", want), fmt.Sprint("Pending() = ", d.client.Pending()), "%s", when)
			}
			pending(0, "before the first call")
			d.ask(t.Context(), "answered")
			pending(1, "a call is under way")
			b.reply("answered")
			pending(0, "it has returned with its reply")
			ctx, cancel := context.WithCancel(t.Context())
			d.ask(ctx, "cancelled")
			pending(1, "another call is under way")
			s.does("client", "the context of cancelled ends")
			cancel()
			synctest.Wait()
			pending(0, "it was cancelled, and its reply never comes")
			d.ask(t.Context(), "failed")
			b.respond(rpc.Response{ID: b.request("failed").ID, Status: rpc.StatusFailed})
			pending(0, "another call has returned with an error of its handler")
			d.ask(t.Context(), "undecodable")
			b.respond(rpc.Response{ID: b.request("undecodable").ID, Body: []byte("?")})
			pending(0, "another call has returned with a result that cannot be decoded")
			for _, args := range []any{make(chan int), make([]byte, rpc.MaxPayload)} {
				_ = d.client.Call(t.Context(), "ask", args, nil)
				synctest.Wait() // Pending may fall when Call has returned
				pending(0, "another call was not even sent")
			}
			d.ask(t.Context(), "lost")
			pending(1, "another call is under way")
			s.kill()
			pending(0, "it has returned because the connection has ended")
			d.ask(t.Context(), "too late")
			pending(0, "another call has returned at once, since there is no connection")
		})
		cancelledCallsAreForgotten(t)
	})
}
