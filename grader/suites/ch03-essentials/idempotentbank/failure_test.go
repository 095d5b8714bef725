package idempotentbank_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

func TestProcessDiesAtAnyCommand(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, _ := inBubble(t)
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50), transfer("alice", "bob", 100)} {
			eachCommand(func(n int) bool { return w.dies(r, n) })
		}
	})
}

// dies lets process A die when Redis has answered its n-th command, and repeats the request at process B.
func (w *world) dies(r request, n int) bool {
	w.t.Helper()
	start := balances{"alice": 100, "bob": 20}
	w.scene("A process dies", start)
	a, b := w.start(bankA, idempotentbank.Options{}), w.start(bankB, idempotentbank.Options{})
	key, dead, done := w.key(), make(chan struct{}), make(chan struct{})
	a.tap.onCommand(func(at int, m moment, _ string) error {
		if at != n || m == before {
			return nil
		}
		a.tap.die()
		close(dead)
		<-w.over // what the process would have done next never happens
		return errDead
	})
	go func() {
		defer close(done)
		a.call(key, r)
	}()
	select {
	case <-done:
		return false
	case <-dead:
	}
	w.story.dies(bankA, fmt.Sprintf("dies after its command %d", n))
	end := maps.Clone(start)
	want := r.on(end)
	w.oneOf([]string{start.String(), end.String()}, w.balancesText(), "when a process has died, everything of a request has happened, or nothing")
	w.same(want, b.atOnce(func() outcome { return b.repeat(key, r) }),
		"when a process has died, the client repeats its request at another one: it gets the receipt, at once")
	w.holds(end, "the request has been carried out once")
	w.same(want, b.repeat(key, r), "a second repeat gets the same receipt")
	w.holds(end, "the request has been carried out once, also after a second repeat")
	return true
}

func TestAnswerDoesNotCome(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, server := inBubble(t)
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50), transfer("alice", "bob", 100)} {
			for _, f := range faults {
				eachCommand(func(n int) bool { return w.unanswered(server, f, r, n) })
			}
		}
		for _, f := range faults {
			w.balanceUnanswered(server, f)
		}
	})
}

// fault is a way in which a call gets no answer to a command.
type fault struct {
	name     string
	strike   func(*services.BubbleRedisServer, context.Context) error // just before the command is sent
	cut      bool                                                     // the connection is cut as soon as the command has been carried out
	deadline bool                                                     // the context of the call ends while it waits
	arrives  bool                                                     // the command is carried out at once
	draw     string
}

var faults = []fault{
	{name: "The connection breaks after a command", strike: (*services.BubbleRedisServer).Mute, cut: true, arrives: true},
	{name: "The connection breaks before a command", strike: (*services.BubbleRedisServer).Cut, draw: "the connection is broken"},
	{name: "The answer comes too late", strike: (*services.BubbleRedisServer).Mute, deadline: true, arrives: true},
	{name: "A command is late", strike: (*services.BubbleRedisServer).Stall, deadline: true, draw: "still on its way"},
}

// unanswered lets the fault strike at the n-th command of a call, and repeats the request when the network is well again.
func (w *world) unanswered(server *services.BubbleRedisServer, f fault, r request, n int) bool {
	w.t.Helper()
	start := balances{"alice": 100, "bob": 20}
	key := w.key()
	first, ok := w.struck(server, f, start, n, func(a *process, ctx context.Context, cancel context.CancelFunc) outcome {
		return a.callWith(ctx, cancel, key, r, false)
	})
	if !ok {
		return false
	}
	w.isTrue(first, r, start)
	end := maps.Clone(start)
	want := r.on(end)
	b := w.start(bankB, idempotentbank.Options{}) // only now: the fault may have broken its connections, too
	w.same(want, b.repeat(key, r), "a repeat with the same key clears it up: the client gets the receipt")
	w.holds(end, "the request has been carried out once")
	return true
}

// balanceUnanswered lets the fault strike at the first command of a Balance.
func (w *world) balanceUnanswered(server *services.BubbleRedisServer, f fault) {
	w.t.Helper()
	got, ok := w.struck(server, f, balances{"alice": 100}, 1, (*process).balance)
	if !ok {
		w.sameText("a command", "none", "Balance asks Redis: what it sends")
	}
	w.oneOf([]string{"balance 100", "ErrUnknown", "an error that is none of the lab's"}, got.String(),
		"Balance returns what is in the account, or an error: that no answer came does not mean that there is no account")
}

// struck lets the fault strike at the n-th command of a call of bank A, run its course and end. It returns what the call has returned;
// ok is false if the call was over before.
func (w *world) struck(
	server *services.BubbleRedisServer, f fault, start balances, n int, call func(*process, context.Context, context.CancelFunc) outcome,
) (_ outcome, ok bool) {
	w.t.Helper()
	a, struck := w.start(bankA, idempotentbank.Options{}), ""
	_, _ = a.bank.Balance(w.t.Context(), "alice") // opens a connection
	w.scene(f.name, start)
	a.tap.onCommand(func(at int, m moment, command string) error {
		if at == n && m == before && struck == "" {
			struck = command
			w.must(f.strike(server, w.t.Context()))
			if f.draw != "" {
				w.story.lost(bankA, command, f.draw)
			}
		}
		return nil
	})
	ctx, cancel := context.WithCancel(w.t.Context())
	if f.deadline {
		ctx, cancel = context.WithTimeout(w.t.Context(), time.Second)
		ctx = endsEarly{ctx}
	}
	pending := make(chan outcome, 1)
	go func() {
		defer cancel()
		pending <- call(a, ctx, cancel)
	}()
	synctest.Wait()
	if struck == "" {
		return <-pending, false
	}
	return w.ends(server, f, struck, pending), true
}

// endsEarly is a context that ends a moment before its deadline. go-redis gives up a read at the deadline; if the context ended at
// the very same instant, a bank that asks it afterwards would hear now this, now that.
type endsEarly struct{ context.Context }

func (c endsEarly) Deadline() (time.Time, bool) {
	at, ok := c.Context.Deadline()
	return at.Add(time.Millisecond), ok
}

// ends lets the fault run its course, until the network is well again and whoever waits for it has got what there is to get. It
// returns what the call has returned.
func (w *world) ends(server *services.BubbleRedisServer, f fault, command string, pending <-chan outcome) outcome {
	w.t.Helper()
	if f.arrives {
		w.story.unheard(bankA, command, w.balancesText())
	}
	if f.cut {
		w.must(server.Cut(w.t.Context()))
	}
	if f.deadline {
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(pending) == 0 {
			w.story.does(client, "waits for a minute after the deadline")
			w.sameText("ErrUnknown", outcome{pending: true}.String(), "a call whose context has ended returns, also if Redis is silent")
		}
	}
	before := w.balancesText()
	w.must(server.Heal(w.t.Context()))
	time.Sleep(time.Minute)
	synctest.Wait()
	if now := w.balancesText(); f.deadline && now != before {
		w.story.value(w.story.does(inRedis, "the late command arrives"), now)
	}
	return taken(pending)
}

// taken is what the call has returned by now.
func taken(pending <-chan outcome) outcome {
	select {
	case o := <-pending:
		return o
	default:
		return outcome{pending: true}
	}
}

// isTrue holds what the call returned against what has happened.
func (w *world) isTrue(o outcome, r request, start balances) {
	w.t.Helper()
	end := maps.Clone(start)
	want := r.on(end)
	w.oneOf([]string{start.String(), end.String()}, w.balancesText(), "everything of a request has happened, or nothing")
	happened := w.balancesText() == end.String()
	switch {
	case o.pending || o.endless:
		w.sameText("a receipt, or an error", o.String(), "a call whose connection broke returns")
	case o.err == nil:
		w.same(want, o, "a receipt is that of the request")
		w.holds(end, "a receipt is a promise that the request was carried out")
	case o.refusal() != "":
		w.sameText("ErrUnknown, or the receipt", o.String(), "that no answer came is no reason to refuse a request")
	case o.unknown():
	case happened:
		w.sameText("ErrUnknown, or the receipt", o.String(), "an error that is not ErrUnknown is a promise that nothing was changed and never will be, but the request was carried out")
	}
}

func TestRedisForgetsItsScripts(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, e := onServer(t)
		w.noScript = nil // here the check has the server to itself, and the cache is what it is about
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50)} {
			for _, used := range []bool{true, false} {
				eachCommand(func(n int) bool { return w.forgets(e, r, used, n) })
			}
		}
	})
}

// forgets empties the script cache just before the n-th command of a call. If used, the bank has carried out such requests before.
func (w *world) forgets(e serverEye, r request, used bool, n int) bool {
	w.t.Helper()
	flush := func() {
		e.seen(e.rdb.ScriptFlush(w.t.Context()).Err())
		w.story.look(inRedis, "SCRIPT FLUSH: all scripts are forgotten")
	}
	now := balances{"alice": 200, "bob": 20}
	w.scene("Redis forgets its scripts", now)
	flush()
	a := w.start(bankA, idempotentbank.Options{})
	a.tap.onCommand(nil)
	if used {
		w.same(r.on(now), a.call(w.key(), r), "a call on a Redis whose script cache was empty when the bank was made")
	}
	reached := a.overtaken(n, flush)
	w.same(r.on(now), a.call(w.key(), r), "no call fails because Redis has forgotten its scripts")
	w.holds(now, "a request is carried out once, also if Redis forgets its scripts meanwhile")
	return reached()
}
