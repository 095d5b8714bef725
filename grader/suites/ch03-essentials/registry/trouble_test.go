package registry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/registry"
	"scalelab/pkg/check"
)

func TestCallThatMayHaveRunIsNotRepeated(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		visitTown(t, "The bank crashes during a deposit", func(w *town) {
			a := w.rememberBankAtA()
			b := w.open("bank", "b")
			w.directory.says("bank", "b:80", time.Hour)
			c := w.call("bank", "hold")
			c.went("connect a:80", waits, "a call connects to the remembered place, and waits for its handler")
			w.kill("a")
			c.went(nobody, "ErrUnavailable", "a call that may have run is not repeated")
			a.ran(2, "the handler has run before its host crashed")
			b.ran(0, "a call that may have run at one place is not repeated at another")
			w.closed("the connection of a call is closed when it has returned")
			w.call("bank", "ask").went("connect a:80, look up bank, connect b:80", "bank at b: 50", "the next call finds the service at its new place")
		})
		visitTown(t, "Errors that are answers", func(w *town) {
			w.rememberBankAtA()
			b := w.open("bank", "b")
			w.directory.says("bank", "b:80", time.Hour)
			w.call("bank", "refuse").went("connect a:80", `RemoteError "no funds"`, "a call whose handler has failed is not repeated")
			w.call("bank", "list").went("connect a:80", "ErrEncoding", "a call whose result cannot be decoded is not repeated")
			w.callWith(t.Context(), "bank", "ask", strings.Repeat("x", registry.MaxPayload)).went("connect a:80", "ErrTooLarge",
				"a call that is too large is not repeated")
			b.ran(0, "what one place has answered is not asked at another")
		})
		visitTown(t, "Calls that are cancelled", callsThatAreCancelled)
	})
}

// callsThatAreCancelled ends the context of a call while it waits for its handler, for a connection, and for the directory.
func callsThatAreCancelled(w *town) {
	w.rememberBankAtA()
	b := w.open("bank", "b")
	cancelled := func(method, trail, rule string) {
		w.t.Helper()
		ctx, cancel := context.WithCancel(w.t.Context())
		c := w.callWith(ctx, "bank", method, "50")
		c.went(trail, waits, "a call waits for an answer")
		w.does("client", "the context of the call ends")
		cancel()
		synctest.Wait()
		c.went(nobody, "context.Canceled", rule)
	}
	w.directory.says("bank", "b:80", 30*time.Minute)
	cancelled("hold", "connect a:80", "a call whose context ends while its handler runs returns at once, and is not repeated")
	w.closed("the connection of a call is closed when it has returned, also because its context has ended")
	w.does("host a", "loses its power")
	w.net.Host("a").Crash()
	cancelled("ask", "connect a:80", "a call whose context ends while it connects returns at once, and tries nothing else")
	w.pass(2 * time.Hour)
	w.directory.says("bank", "b:80", time.Hour)
	w.directory.delays(time.Minute)
	cancelled("ask", "look up bank", "a call whose context ends while the directory is asked returns at once, and tries nothing else")
	b.ran(0, "a call whose context has ended is not made")
}

func TestRegistryDownIsNotTheEnd(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, f := range []struct {
			how string
			err error
		}{
			{"cannot be reached", registry.ErrUnavailable},
			{"answers with an error of its own", &registry.RemoteError{Name: "directory.Lookup", Message: "disk is full"}},
			{"fails in a way that nobody has thought of", errors.New("out of paper")},
		} {
			visitTown(t, "The directory "+f.how, func(w *town) {
				w.rememberBankAtA()
				w.directory.fails(f.err, f.how)
				w.call("bank", "ask").went("connect a:80", "bank at a: 50", "while the lease runs, nobody notices that the directory is down")
				w.call("weather", "ask").went("look up weather", outcome("", f.err), "if no place is remembered, the error is that of the directory")
				w.pass(2 * time.Hour)
				for range 2 {
					w.call("bank", "ask").expect("bank at a: 50", "if the directory cannot say anything, the remembered place counts, even if its lease has run out")
				}
				w.kill("a")
				w.open("bank", "b")
				w.directory.fails(nil, "is well again")
				w.directory.says("bank", "b:80", time.Hour)
				w.call("bank", "ask").expect("bank at b: 50", "when the directory is back, its answer counts")
				w.call("bank", "ask").went("connect b:80", "bank at b: 50", "when the directory is back, its answer is remembered")
			})
		}
		visitTown(t, "Both are down, and the bank comes back first", func(w *town) {
			w.rememberBankAtA()
			w.directory.fails(registry.ErrUnavailable, "cannot be reached")
			w.kill("a")
			w.call("bank", "ask").went("connect a:80, look up bank", "ErrUnavailable", "if neither the place nor the directory answers, the call fails")
			w.open("bank", "a")
			w.call("bank", "ask").went("connect a:80", "bank at a: 50", "only an answer of the directory makes the resolver forget a place")
		})
	})
}

func TestNewerPlaceStays(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		visitTown(t, "Two look-ups overtake each other", func(w *town) {
			w.open("bank", "a")
			w.open("bank", "b")
			w.directory.says("bank", "a:80", time.Hour)
			release := w.directory.holds()
			first := w.call("bank", "ask")
			first.went("look up bank", waits, "a call waits for the directory")
			w.does("directory", "the answer is on its way for long")
			w.directory.says("bank", "b:80", time.Hour)
			second := w.call("bank", "ask")
			if w.directory.count() == 1 {
				return // they share the look-up, so nothing can overtake
			}
			second.expect("bank at b: 50", "a call gets the directory's answer of now")
			w.does("directory", "the answer of before arrives")
			release()
			w.settle()
			w.visits(first.asked) // it may go to either place
			w.call("bank", "ask").went("connect b:80", "bank at b: 50", "an answer that comes late does not replace a newer place")
		})
	})
}

func TestServicesDoNotWaitForEachOther(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		visitTown(t, "A look-up that takes long", func(w *town) {
			w.open("bank", "a")
			w.open("weather", "b")
			w.directory.says("bank", "a:80", time.Hour)
			w.directory.says("weather", "b:80", time.Hour)
			release := w.directory.holds()
			slow := w.call("bank", "ask")
			w.visits(slow.asked)
			slow.expect(waits, "a call waits for the directory")
			w.call("weather", "ask").expect("weather at b: 50", "a look-up of one service holds up no other service")
			w.call("weather", "ask").expect("weather at b: 50", "a look-up of one service holds up no other service")
			release()
			w.settle()
			slow.expect("bank at a: 50", "a call goes on when the directory has answered")
		})
		visitTown(t, "A call that takes long", func(w *town) {
			a := w.rememberBankAtA()
			w.open("weather", "b")
			w.directory.says("weather", "b:80", time.Hour)
			slow := w.call("bank", "hold")
			w.visits(slow.asked)
			slow.expect(waits, "a call waits for its handler")
			w.call("weather", "ask").expect("weather at b: 50", "a call holds up no other service")
			w.call("bank", "ask").expect("bank at a: 50", "a call holds up no other call of the same service")
			a.letGo()
			w.settle()
			slow.expect("bank at a: 50", "a call returns when its handler has")
		})
	})
}
