package loadbalancer_test

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
)

func TestProbesAreOnTime(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "Every Interval, whatever happens", standard(), []string{"a", "b", "c"}, func(w *world) {
			w.probesMatter = true
			w.replica("a").becomes(thinking)
			w.replica("b").becomes(silent)
			w.replica("c").becomes(ill)
			w.at(3 * second)
			w.replica("d")
			w.add("d")
			w.at(25 * second)
			w.replica("c").dies()
			w.at(55 * second)
			const rule = "a backend is probed at every Interval since Add, however long probes take, and whatever comes of them"
			for _, name := range []string{"a", "b", "c"} {
				w.probesAre(name, name, every10sFrom(10*second), rule)
			}
			w.probesAre("balancer", "d", every10sFrom(13*second), rule)
		})
		open(t, "A backend that is gone", standard(), []string{"a", "b"}, func(w *world) {
			w.at(15 * second)
			w.drains("b", context.Background()).is("nil", "a backend without requests is removed at once")
			w.at(55 * second)
			w.probesAre("balancer", "b", []time.Duration{10 * second}, "a backend that was removed is not probed any more")
			w.probesAre("balancer", "a", every10sFrom(10*second), "the others are")
		})
	})
}

// every10sFrom are five moments, one every Interval.
func every10sFrom(first time.Duration) (at []time.Duration) {
	for i := range 5 {
		at = append(at, first+time.Duration(i)*10*second)
	}
	return at
}

func TestFallAndRise(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "Fall is 3, Rise is 2", standard(), []string{"a", "b"}, func(w *world) {
			b := w.replica("b")
			b.becomes(ill)
			w.at(25 * second)
			w.served("a b a b", "two failed probes are less than Fall")
			w.at(35 * second)
			w.served("a a a", "after Fall failed probes a backend gets no request")
			b.becomes(well)
			w.at(45 * second)
			w.served("a a a", "one probe that succeeds is less than Rise")
			w.at(55 * second)
			w.served("b a b a", "after Rise probes that succeed a backend gets requests again")
		})
		open(t, "In a row", standard(), []string{"a", "b"}, func(w *world) {
			b, probes := w.replica("b"), 0
			next := func(answers string) {
				for _, answer := range answers {
					b.becomes(map[rune]health{'+': well, '-': ill}[answer])
					probes++
					w.at(time.Duration(10*probes+5) * second)
				}
			}
			next("--+--")
			w.served("a b a b", "a probe that succeeds ends the row of failed ones")
			next("-")
			w.served("a a a", "the third failed probe in a row")
			next("+-+")
			w.served("a a a", "a failed probe ends the row of those that have succeeded")
			next("+")
			w.served("b a b a", "the second probe in a row that succeeds")
			next("--")
			w.served("b a b a", "a backend that is healthy again has no failures to its account")
		})
		whatIsAFailure(t)
	})
}

// whatIsAFailure shows each kind of answer to one probe, of a load balancer for which one is enough.
func whatIsAFailure(t *check.T) {
	one := standard()
	one.Fall, one.Rise = 1, 1
	for _, h := range []health{
		{name: "answers probes with 404", status: http.StatusNotFound},
		{name: "redirects probes to a page that answers 200", status: http.StatusFound, to: "/login"},
		ill, silent,
	} {
		open(t, "Fall is 1: b "+h.name, one, []string{"a", "b"}, func(w *world) {
			w.replica("b").becomes(h)
			w.at(9 * second)
			w.served("a b", "no probe has failed yet")
			if h == silent {
				w.at(11 * second)
				w.served("a b", "a probe has until Timeout")
			}
			w.at(13 * second)
			w.served("a a", "a probe has failed whose answer is not 2xx, or does not come within Timeout")
		})
	}
	for _, h := range []health{well, {name: "answers probes with 204", status: http.StatusNoContent}, thinking} {
		open(t, "Fall is 1: b "+h.name, one, []string{"a", "b"}, func(w *world) {
			w.replica("b").becomes(h)
			w.at(13 * second)
			w.served("a b a b", "a probe succeeds if its answer is 2xx and comes within Timeout")
		})
	}
	open(t, "Fall is 1: b loses its power", one, []string{"a", "b"}, func(w *world) {
		w.replica("b").losesPower()
		w.at(13 * second)
		w.served("a a", "a probe has failed that does not even reach its backend")
	})
}

func TestConnectErrorEjects(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "A program dies, and starts again", standard(), []string{"a", "b", "c"}, func(w *world) {
			b := w.replica("b")
			w.at(22 * second) // what succeeded before the connect error does not count after it
			b.dies()
			w.get().is("200 from a", "a is the first")
			q := w.ask(http.MethodPut, "/ride", nil, strings.NewReader("lift 4"))
			q.is("502", "a request whose backend refuses the connection is answered with 502")
			w.sentTo(q, "b", "a request is sent once, to the backend that the policy picks")
			w.asked(2)
			w.served("a c a c", "a connect error makes a backend unhealthy at once")
			b.starts()
			w.at(35 * second)
			w.served("a c a c", "one probe that succeeds is less than Rise")
			w.at(45 * second)
			w.served("a b c a", "after Rise probes a backend gets requests again")
		})
		open(t, "Two failed probes, and then a connect error", standard(), []string{"a", "b"}, func(w *world) {
			b := w.replica("b")
			b.becomes(ill)
			w.at(25 * second)
			b.dies()
			w.get().is("200 from a", "a is the first")
			w.get().is("502", "a request whose backend refuses the connection is answered with 502")
			b.becomes(well)
			b.starts()
			w.at(35 * second)
			w.served("a a", "one probe that succeeds is less than Rise; what failed before the connect error does not count for it")
			w.at(45 * second)
			w.served("b a", "after Rise probes a backend gets requests again")
		})
		open(t, "Nothing else ejects", standard(), []string{"a", "b"}, nothingElseEjects)
		open(t, "A connection is reset", standard(), []string{"a", "b"}, func(w *world) {
			w.replica("b").behind("/reset", "")
			w.get().is("200 from a", "a is the first")
			q := w.ask("POST", "/reset", nil, nil)
			w.does("b", "the connection of /reset is reset")
			w.net.Link("balancer", "b").Reset()
			w.pass(short)
			q.is("502", "if the connection is lost before the answer, the client gets 502")
			w.served("a b a b", "a connection that is reset does not make a backend unhealthy: it was there")
		})
		open(t, "A client that hangs up while the load balancer connects", standard(), []string{"a", "b"}, func(w *world) {
			w.get().is("200 from a", "a is the first")
			w.does("b", "packets are held up")
			w.net.Link("balancer", "b").Stall()
			q := w.get()
			q.is(waits, "nothing comes through to b")
			q.hangsUp()
			w.does("b", "packets come through again")
			w.net.Link("balancer", "b").Resume()
			w.pass(second)
			w.served("a b a b", "that a client hangs up says nothing about the backend")
		})
	})
}

// nothingElseEjects shows requests that go wrong at b, although it could be reached.
func nothingElseEjects(w *world) {
	b := w.replica("b")
	b.on("/broken", func(http.ResponseWriter, *http.Request) {
		w.does("b", "the connection of /broken breaks")
		panic(http.ErrAbortHandler)
	})
	b.behind("/slow", "")
	b.behind("/left", "")
	w.get().is("200 from a", "a is the first")
	w.ask("POST", "/broken", nil, nil).is("502", "if the connection is lost before the answer, the client gets 502")
	w.served("a b a", "a lost connection does not make a backend unhealthy")
	q := w.ask("GET", "/slow", nil, nil)
	w.pass(6 * second)
	q.is("504", "a backend that does not answer within ResponseTimeout")
	w.served("a b a", "an answer that is late does not make a backend unhealthy")
	w.ask("GET", "/left", nil, nil).hangsUp()
	w.served("a b a b", "a client that hangs up does not make a backend unhealthy")
}

func TestNobodyIsThere(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "Nobody has been added", standard(), nil, func(w *world) {
			w.refused("there is no backend").saysWhenToComeAgain()
			w.replica("a")
			w.add("a")
			w.served("a a", "a backend gets requests as soon as it was added")
		})
		open(t, "All are out", standard(), []string{"a", "b"}, func(w *world) {
			w.replica("a").becomes(ill)
			w.replica("b").becomes(ill)
			w.at(35 * second)
			w.refused("no backend is healthy").saysWhenToComeAgain()
			w.replica("b").becomes(well)
			w.at(55 * second)
			w.served("b b", "one is healthy again")
		})
		o := standard()
		o.Policy = always("b")
		open(t, "The policy finds nobody", o, []string{"a"}, func(w *world) {
			w.refused("the policy returns ErrNoBackend").saysWhenToComeAgain()
		})
	})
}

const wholeNumber = "^0*[1-9][0-9]*$"

// refused fails unless a request is answered with 503 and goes to nobody.
func (w *world) refused(why string) *request {
	w.t.Helper()
	q := w.get()
	w.sentTo(q, nobody, "a request for which there is no backend is sent to nobody: "+why)
	q.is("503", "a request for which there is no backend is answered with 503: "+why)
	return q
}

// saysWhenToComeAgain fails unless the answer has a Retry-After field.
func (q *request) saysWhenToComeAgain() {
	q.w.t.Helper()
	again := q.header("Retry-After")
	if !regexp.MustCompile(wholeNumber).MatchString(again) {
		q.w.wrong("client", "Retry-After: a whole number of seconds, at least 1", "Retry-After: "+cmp.Or(again, "(none)"))
	}
	require.Regexp(q.w.t, wholeNumber, again, "Retry-After of a 503: a whole number of seconds, at least 1")
}
