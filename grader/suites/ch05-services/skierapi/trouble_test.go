package skierapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"scalelab/labs/ch05-services/skierapi"
	"scalelab/pkg/check"
)

func TestErrorsAreProblems(t *testing.T) {
	play(t, "Nobody has asked for that", func(w *world) {
		for _, path := range []string{"/lifts", "/skiers/s1/friends", "/resorts/laax", "/skier", "/skiers/s1/lift/rides"} {
			w.refuses(404, get(path), "the document does not have this path")
		}
		r := post(cleo)
		r.path = "/lifts"
		w.refuses(404, r, "the document does not have this path")
		w.refuses(404, remove("/lifts/1"), "the document does not have this path")
	}, func(w *world) {
		ada := w.knows("ada")[0]
		for _, resource := range []struct{ path, methods, others string }{
			{"/skiers", "GET, POST", "PUT PATCH DELETE BREW"},
			{"/skiers/" + ada.ID, "DELETE, GET, PUT", "POST PATCH BREW"},
			{"/resorts", "GET", "POST PUT PATCH DELETE"},
		} {
			for method := range strings.FieldsSeq(resource.others) {
				r := request{method: method, path: resource.path}
				if method != "DELETE" && method != "BREW" {
					r.contentType, r.body = "application/json", cleo
				}
				a := w.refuses(405, r, "this resource has other methods")
				w.same(resource.methods, methodsIn(a.header), fmt.Sprintf("the methods that Allow names for %s, without HEAD and OPTIONS", resource.path))
			}
		}
		w.mustHave("nothing has changed", ada)
	})
}

// everything is a request for each thing that a store can be asked.
func everything(s skierapi.Skier) []request {
	return []request{
		post(cleo), get("/skiers"), get("/skiers/" + s.ID), put(s.ID, cleo), remove("/skiers/" + s.ID), get("/resorts"),
	}
}

func TestStoreFails(t *testing.T) {
	const secret = "dial tcp 10.0.7.3:5432: password authentication failed for user resort"
	draw(t, "The store fails",
		func(w *world) {
			ada := w.knows("ada")[0]
			for _, r := range everything(ada) {
				w.store.fails = errors.New(secret)
				w.saysNothing(w.wants(500, r, "the store has failed"), r)
			}
			w.store.fails = nil
			w.mustHave("nothing has changed", ada)
			for _, r := range everything(ada)[1:] { // whether a skier can be created is no matter of this check
				w.wants(map[bool]int{false: 200, true: 204}[r.method == "DELETE"], r, "the store is well again")
			}
		},
		func(w *world) {
			ada := w.knows("ada")[0]
			w.cut = true
			check.Show(w.t, check.Evidence{Kind: "scene", Title: "What this scene does", Text: strings.Join([]string{
				"1. Six requests, one for each thing that a store can be asked.",
				"   The store panics each time, and each answer must be 500.",
				"2. The same forty times over: that is 240 panics.",
				"3. The store is well again, and the service must still be there.",
			}, "\n")})
			for round := range 40 {
				for _, r := range everything(ada) {
					w.store.panics = any(secret)
					if round%2 == 1 {
						w.store.panics = errors.New(secret)
					}
					w.saysNothing(w.wants(500, r, "the store has panicked"), r)
				}
			}
			w.store.panics = nil
			for _, r := range everything(ada)[1:] {
				w.wants(map[bool]int{false: 200, true: 204}[r.method == "DELETE"], r, "the store is well again after 240 panics")
			}
		})
}

// saysNothing demands that nothing of what the store said is in an answer.
func (w *world) saysNothing(a reply, r request) {
	w.t.Helper()
	all := a.body
	for name, values := range a.header {
		all += name + strings.Join(values, " ")
	}
	for _, word := range []string{"10.0.7.3", "password", "dial tcp"} {
		if strings.Contains(all, word) {
			w.story.looks(client, fmt.Sprintf("reads %q", word))
			w.same("nothing of what the store said", fmt.Sprintf("%q", word), fmt.Sprintf("%s: the store's words are no client's business", r))
		}
	}
}

func TestOneCall(t *testing.T) {
	draw(t, "A request and its calls of the store",
		func(w *world) {
			ada := w.knows("ada")[0]
			for _, r := range everything(ada) {
				e := w.story.asks(r)
				w.store.newRequest(e)
				w.story.answers(e, w.answerTo(w.service, r.build(w.t))) // whether it is right is no matter of this check
				calls := len(w.store.calls())
				if calls != 1 {
					w.story.looks(service, fmt.Sprintf("has called the store %d times", calls))
				}
				w.same("1", fmt.Sprint(calls), fmt.Sprintf("calls of the store for %s", r))
			}
		},
		func(w *world) {
			w.people(12)
			next := ""
			for range 2 {
				w.store.most = 0
				_, next = w.sends(pageOf(5, next)).page()
				if w.store.most > 6 {
					w.story.looks(service, fmt.Sprintf("has asked for %d skiers", w.store.most))
				}
				calls := len(w.store.calls())
				if calls != 1 {
					w.story.looks(service, fmt.Sprintf("has called the store %d times", calls))
				}
				w.same("1", fmt.Sprint(calls), "calls of the store for a page of 5, with more skiers behind it")
				w.same("at most 6", fmt.Sprintf("at most %d", max(6, w.store.most)), "how many skiers the store is asked for, for a page of 5")
			}
		},
		func(w *world) {
			for _, r := range everything(w.knows("ada")[0]) {
				w.endsWith(r)
			}
		},
		overlap(func(a, _ skierapi.Skier) request { return put(a.ID, jsonOf(person("cleo"))) },
			func(_, b skierapi.Skier) request { return put(b.ID, jsonOf(person("dora"))) }),
		overlap(func(a, _ skierapi.Skier) request { return put(a.ID, jsonOf(person("cleo"))) },
			func(_, b skierapi.Skier) request { return get("/skiers/" + b.ID) }),
		overlap(func(a, _ skierapi.Skier) request { return get("/skiers/" + a.ID) },
			func(_, b skierapi.Skier) request { return put(b.ID, jsonOf(person("dora"))) }),
		overlap(func(a, _ skierapi.Skier) request { return get("/skiers/" + a.ID) },
			func(_, b skierapi.Skier) request { return get("/skiers/" + b.ID) }),
	)
}

// endsWith sends a request whose client goes away during the call of the store, which must learn of it.
func (w *world) endsWith(r request) {
	w.t.Helper()
	ctx, leave := context.WithCancel(w.t.Context())
	defer leave()
	r.ctx = ctx
	learned := false
	w.store.during = func(ctx context.Context, _ string) {
		leave()
		synctest.Wait()
		learned = ctx.Err() != nil
	}
	defer func() { w.store.during = nil }()
	e := w.story.asks(r)
	w.store.newRequest(e)
	_ = w.answerTo(w.service, r.build(w.t)) // nobody hears it any more
	w.story.happens(client, "the client goes away during the call of the store")
	if !learned {
		w.story.looks(inStore, "does not learn of it: the context goes on")
	}
	w.same("the context has ended", map[bool]string{true: "the context has ended", false: "the context goes on"}[learned],
		fmt.Sprintf("what the store sees when the client of %s is gone", r))
}

// overlap is a scene in which the store takes its time over the first request, and a second one comes meanwhile.
func overlap(first, second func(a, b skierapi.Skier) request) func(*world) {
	return func(w *world) {
		all := w.knows("ada", "ben")
		one, other := first(all[0], all[1]), second(all[0], all[1])
		wantOne, wantOther := alone(one, all[0]), alone(other, all[1])
		open := make(chan struct{})
		defer func() {
			w.store.newRequest(nil) // what still comes when the scene is over is not told
			w.opens(open)
		}()
		held := false
		w.store.during = func(context.Context, string) {
			if !held {
				held = true
				<-open
			}
		}
		e := w.story.asks(one)
		w.store.newRequest(e)
		begun := w.starts(one)
		w.story.happens(inStore, "the store takes its time over this call")

		f := w.story.asks(other)
		w.store.newRequest(f)
		second := w.starts(other)
		select {
		case a := <-second:
			w.same(wantOther, w.receives(f, other, a, func(reply) {}).skier(), fmt.Sprintf("the answer to %s, which came while the store was busy with %s", other, one))
		default:
			w.story.looks(service, fmt.Sprintf("%d waits for the other request", f.number))
			w.same("an answer", "none", fmt.Sprintf("%s does not wait for the store, which takes its time over %s", other, one))
		}
		w.opens(open)
		synctest.Wait()
		w.story.happens(inStore, "the store goes on with the first call")
		select {
		case a := <-begun:
			w.same(wantOne, w.receives(e, one, a, func(reply) {}).skier(), fmt.Sprintf("the answer to %s, during whose call of the store %s came", one, other))
		default:
			w.story.looks(service, fmt.Sprintf("%d is not answered", e.number))
			w.same("an answer", "none", fmt.Sprintf("%s, of which the store has done its part", one))
		}
	}
}

// alone is what a request for a skier is answered when nothing else is going on.
func alone(r request, s skierapi.Skier) string {
	if r.method == "PUT" {
		for _, name := range []string{"cleo", "dora"} {
			if strings.Contains(r.body, name) {
				s.Profile = person(name)
			}
		}
	}
	return describe(s)
}

// starts begins to answer a request, and returns when that is done, or waits for something.
func (w *world) starts(r request) <-chan reply {
	done := make(chan reply, 1)
	request := r.build(w.t)
	go func() { done <- w.answerTo(w.service, request) }()
	synctest.Wait()
	return done
}

// opens lets the store go on.
func (w *world) opens(gate chan struct{}) {
	select {
	case <-gate:
	default:
		close(gate)
	}
}
