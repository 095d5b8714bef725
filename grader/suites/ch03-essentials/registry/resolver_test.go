package registry_test

import (
	"testing"
	"time"

	"scalelab/pkg/check"
)

func TestPlaceIsLookedUpOnce(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		visitTown(t, "Calls of two services", func(w *town) {
			w.open("bank", "a")
			w.open("weather", "b")
			w.directory.says("bank", "a:80", time.Hour)
			w.directory.says("weather", "b:80", time.Hour)
			w.call("bank", "ask").went("look up bank, connect a:80", "bank at a: 50", "the first call of a service asks where it is")
			w.closed("the connection of a call is closed when it has returned")
			w.call("bank", "ask").went("connect a:80", "bank at a: 50", "a place is remembered")
			w.call("bank", "tell").went("connect a:80", "bank at a: 50", "a place is remembered for all methods of the service")
			w.call("weather", "ask").went("look up weather, connect b:80", "weather at b: 50", "each service has its own place")
			w.call("bank", "refuse").went("connect a:80", `RemoteError "no funds"`, "the handler's error is the error of the call")
			w.pass(59 * time.Minute)
			w.call("weather", "ask").went("connect b:80", "weather at b: 50", "a place is remembered while its lease runs")
			w.closed("the connection of a call is closed when it has returned, whatever came out of it")
		})
		visitTown(t, "A service that nobody knows", func(w *town) {
			w.call("bank", "ask").went("look up bank", "ErrNotBound", "a service that is not bound is not found")
			w.open("bank", "a")
			w.directory.says("bank", "a:80", time.Hour)
			w.call("bank", "ask").went("look up bank, connect a:80", "bank at a: 50", "a service that was bound later is found")
		})
	})
}

func TestMovedServiceIsFound(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		visitTown(t, "The bank moves", func(w *town) {
			w.rememberBankAtA()
			w.kill("a")
			w.open("bank", "b")
			w.directory.says("bank", "b:80", time.Hour)
			w.call("bank", "ask").went("connect a:80, look up bank, connect b:80", "bank at b: 50",
				"a service that has moved is found by the next call, for one look-up and one more try")
			w.closed("the connections of a call are closed when it has returned")
			w.call("bank", "ask").went("connect b:80", "bank at b: 50", "the new place is remembered")
		})
		visitTown(t, "Somebody else moves in", func(w *town) {
			w.rememberBankAtA()
			w.kill("a")
			weather := w.open("weather", "a")
			w.open("bank", "b")
			w.directory.says("bank", "b:80", time.Hour)
			w.call("bank", "ask").went("connect a:80, look up bank, connect b:80", "bank at b: 50",
				"if another service is at the remembered place, the right one is found, for one look-up and one more try")
			weather.ran(0, "no other service is called")
			w.closed("the connections of a call are closed when it has returned")
			w.call("bank", "ask").went("connect b:80", "bank at b: 50", "the new place is remembered")
		})
		visitTown(t, "The bank is down", func(w *town) {
			w.rememberBankAtA()
			w.kill("a")
			w.call("bank", "ask").went("connect a:80, look up bank, connect a:80", "ErrUnavailable",
				"if the directory names the same place, it is tried once more, and not again and again")
			w.directory.says("bank", "b:80", time.Hour)
			w.call("bank", "ask").went("connect a:80, look up bank, connect b:80", "ErrUnavailable",
				"if the place that the directory names does not answer, that is the end")
			w.open("bank", "b")
			w.call("bank", "ask").went("connect b:80", "bank at b: 50", "a failed call does not make the resolver forget what the directory said")
		})
		visitTown(t, "The bank closes down", func(w *town) {
			w.rememberBankAtA()
			w.kill("a")
			w.directory.forgets("bank")
			w.call("bank", "ask").went("connect a:80, look up bank", "ErrNotBound", "if the directory says ErrNotBound, so does the call")
			w.call("bank", "ask").went("look up bank", "ErrNotBound", "if the directory says ErrNotBound, the place is forgotten")
		})
		visitTown(t, "A place that was asked for just now", func(w *town) {
			w.directory.says("bank", "a:80", time.Hour)
			w.call("bank", "ask").went("look up bank, connect a:80", "ErrUnavailable", "at a place that this call has asked for there is no second try")
			w.open("weather", "b")
			w.directory.says("school", "b:80", time.Hour)
			w.call("school", "ask").went("look up school, connect b:80", "ErrNotRegistered", "at a place that this call has asked for there is no second try")
		})
		visitTown(t, "A place that was asked for because a lease had run out", func(w *town) {
			w.rememberBankAtA()
			w.kill("a")
			w.pass(2 * time.Hour)
			w.directory.says("bank", "a:80", time.Hour)
			if c := w.call("bank", "ask"); w.asksFirst() {
				c.went("look up bank, connect a:80", "ErrUnavailable", "at a place that this call has asked for there is no second try")
			}
		})
	})
}

// rememberBankAtA makes the resolver remember that the bank is at host a.
func (w *town) rememberBankAtA() *service {
	w.t.Helper()
	a := w.open("bank", "a")
	w.directory.says("bank", "a:80", time.Hour)
	w.call("bank", "ask").went("look up bank, connect a:80", "bank at a: 50", "the first call of a service asks where it is")
	return a
}

func TestPlaceEndsWithItsLease(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		visitTown(t, "A lease runs out, and the service has moved", func(w *town) {
			old := w.open("bank", "a")
			w.open("bank", "b")
			w.directory.says("bank", "a:80", ttl)
			w.call("bank", "ask").went("look up bank, connect a:80", "bank at a: 50", "the first call of a service asks where it is")
			w.directory.says("bank", "b:80", ttl)
			w.pass(8 * second)
			w.call("bank", "ask").went("connect a:80", "bank at a: 50", "while its lease runs, a place is used without asking")
			w.pass(3 * second)
			w.call("bank", "ask").went("look up bank", "ErrNotBound", "when its lease has run out, the directory is asked before anybody is called")
			w.directory.says("bank", "b:80", ttl)
			w.call("bank", "ask").went("look up bank, connect b:80", "bank at b: 50", "when its lease has run out, the directory is asked before anybody is called")
			old.ran(2, "a place is not used when its lease has run out")
		})
		visitTown(t, "A lease is renewed", func(w *town) {
			w.open("bank", "a")
			w.directory.says("bank", "a:80", ttl)
			w.call("bank", "ask").went("look up bank, connect a:80", "bank at a: 50", "the first call of a service asks where it is")
			w.directory.renews("bank", 25*second)
			w.pass(11 * second)
			w.call("bank", "ask").went("look up bank, connect a:80", "bank at a: 50", "when the lease that it knows of has run out, the resolver asks")
			w.pass(9 * second)
			w.call("bank", "ask").went("connect a:80", "bank at a: 50", "a renewed lease counts as well")
			w.pass(9 * second)
			w.call("bank", "ask").went("look up bank", "ErrNotBound", "a renewed lease runs out as well")
		})
		visitTown(t, "An answer that is long on its way", func(w *town) {
			w.open("bank", "a")
			w.directory.says("bank", "a:80", ttl)
			w.directory.delays(6 * second)
			c := w.call("bank", "ask")
			w.pass(7 * second)
			c.went("look up bank, connect a:80", "bank at a: 50", "the first call of a service asks where it is")
			w.directory.delays(0)
			w.pass(2 * second)
			w.call("bank", "ask").went("connect a:80", "bank at a: 50", "while its lease runs, a place is used without asking")
			w.pass(3 * second)
			w.call("bank", "ask").went("look up bank", "ErrNotBound",
				"the lease of a place runs while the answer is on its way, so it counts from when the resolver asked")
		})
	})
}
