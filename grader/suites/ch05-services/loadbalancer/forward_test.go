package loadbalancer_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"scalelab/labs/ch05-services/loadbalancer"
	"scalelab/pkg/check"
)

func TestRequestsAreForwarded(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "What goes in and what comes out", standard(), []string{"a"}, func(w *world) {
			w.replica("a").on("/rides/7", func(rw http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				rw.Header().Set("X-Ride", "7")
				rw.WriteHeader(http.StatusCreated)
				fmt.Fprintf(rw, "%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("X-Skier"), body)
			})
			q := w.ask("PUT", "/rides/7?day=3", http.Header{"X-Skier": {"Ana"}}, strings.NewReader("lift 4"))
			q.is("201 PUT /rides/7?day=3 Ana lift 4", "the backend gets the method, the path with its query, the fields and the body")
			w.same("client", "X-Ride: 7", "X-Ride: "+q.header("X-Ride"), "the client gets the fields of the answer")
		})
		open(t, "Any answer is an answer", standard(), []string{"a", "b"}, func(w *world) {
			for i, status := range []int{404, 500, 500, 500, 500} {
				path := fmt.Sprintf("/page%d-%d", i+1, status)
				w.replica("b").on(path, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) })
				w.get().is("200 from a", "the policy lets a and b take turns")
				q := w.ask("GET", path, nil, nil)
				w.sentTo(q, "b", "it is the turn of b, as no status makes a backend unhealthy")
				q.is(fmt.Sprint(status), "the client gets the status that the backend has sent")
			}
		})
		o := standard()
		o.Policy = always("b")
		open(t, "The policy decides", o, nil, func(w *world) {
			backends := []loadbalancer.Backend{{ID: "c", Weight: 5, Pool: "reads"}, {ID: "a"}, {ID: "b", Weight: 1}}
			for _, b := range backends {
				w.replica(b.ID)
				w.addAs(b)
			}
			w.adds(backends[1], "ErrExists", "Add of an ID that there is already")
			w.ask("POST", "/rides", http.Header{"X-Skier": {"Ana"}}, nil).is("200 from b", "the backend that the policy picks gets the request")
			w.asked(1)
			p := w.policy.picked[0]
			w.same("balancer", fmt.Sprint("Pick gets ", byID(backends)), fmt.Sprint("Pick gets ", byID(p.backends)), "the policy gets the backends as they were added (here sorted by ID)")
			w.same("balancer", "Pick gets POST /rides", "Pick gets "+p.request.Method+" "+p.request.Path, "the policy gets the method and the path of the request")
			w.same("balancer", "Pick gets X-Skier: [Ana]", fmt.Sprint("Pick gets X-Skier: ", p.request.Header["X-Skier"]), "the policy gets the header of the request")
		})
		o.Policy = always("oak")
		open(t, "The order of Add", o, nil, ordered)
	})
}

// byID sorts backends whose order is not what matters.
func byID(backends []loadbalancer.Backend) []loadbalancer.Backend {
	return slices.SortedFunc(slices.Values(backends), func(a, b loadbalancer.Backend) int { return cmp.Compare(a.ID, b.ID) })
}

// ordered looks at the list that the policy gets, several times: a map may be walked in the right order by chance.
func ordered(w *world) {
	want := []string{"lime", "ash", "yew", "oak", "elm", "fir", "box", "rowan"}
	w.replica("oak")
	for _, id := range want {
		w.add(id)
	}
	for range 12 {
		w.get()
	}
	var orders []string
	for _, p := range w.policy.picked {
		var ids []string
		for _, b := range p.backends {
			ids = append(ids, b.ID)
		}
		orders = append(orders, list(ids))
	}
	slices.Sort(orders)
	found := "them in another order from time to time"
	if orders = slices.Compact(orders); len(orders) == 1 {
		found = orders[0]
	}
	w.same("balancer", "Pick gets "+list(want), "Pick gets "+found, "the policy gets the backends in the order of Add")
}

// always is a policy that picks the same backend, whenever it is in the list.
type always string

func (p always) Pick(_ loadbalancer.Request, backends []loadbalancer.Backend) (string, func(), error) {
	if slices.ContainsFunc(backends, func(b loadbalancer.Backend) bool { return b.ID == string(p) }) {
		return string(p), func() {}, nil
	}
	return "", nil, loadbalancer.ErrNoBackend
}

// asked fails unless the policy was asked so often.
func (w *world) asked(times int) {
	w.t.Helper()
	w.same("balancer", fmt.Sprint("calls of Pick: ", times), fmt.Sprint("calls of Pick: ", w.policy.calls()), "the policy is asked once for each request")
}

func TestHeadersAreRight(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "Who has asked", standard(), []string{"a"}, func(w *world) {
			w.replica("a").on("/plain", tells("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"))
			w.replica("a").on("/encrypted", tells("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"))
			const rule = "the backend gets the address of the client, the host that it has asked for, and the protocol"
			w.ask("GET", "/plain", nil, nil).is(forwarded("http"), rule)
			w.ask("GET", "/encrypted", nil, nil).is(forwarded("https"), rule)
			lies := http.Header{
				"X-Forwarded-For": {"203.0.113.9", "203.0.113.10"}, "X-Forwarded-Host": {"bank.example"}, "X-Forwarded-Proto": {"https"},
			}
			w.ask("GET", "/plain", lies, nil).is(forwarded("http"), "what the client says of itself in X-Forwarded-* is replaced")
		})
		open(t, "What concerns one connection only: the request", standard(), []string{"a"}, func(w *world) {
			w.replica("a").on("/plain", tells("X-Hop", "X-Jump", "Keep-Alive", "Proxy-Connection", "X-End"))
			w.ask("GET", "/plain", hopByHop(), nil).is("200 "+onlyTheEnd,
				"fields that Connection names, Keep-Alive and Proxy-Connection are not passed on to the backend, others are")
		})
		open(t, "What concerns one connection only: the answer", standard(), []string{"a"}, func(w *world) {
			w.sender.connection = hopByHop().Get("Connection")
			w.replica("a").on("/plain", func(rw http.ResponseWriter, _ *http.Request) {
				for name, values := range hopByHop() {
					rw.Header()[name] = values
				}
			})
			q := w.ask("GET", "/plain", nil, nil)
			q.is("200", "the answer comes back")
			var got []string
			for _, name := range []string{"X-Hop", "X-Jump", "Keep-Alive", "Proxy-Connection", "X-End"} {
				got = append(got, name+": "+cmp.Or(q.header(name), "-"))
			}
			w.same("client", onlyTheEnd, list(got),
				"fields that Connection names, Keep-Alive and Proxy-Connection are not passed on to the client, others are")
		})
	})
}

// forwarded is what tells answers about X-Forwarded-*.
func forwarded(proto string) string {
	return "200 X-Forwarded-For: 192.0.2.7, X-Forwarded-Host: resort.example, X-Forwarded-Proto: " + proto
}

const onlyTheEnd = "X-Hop: -, X-Jump: -, Keep-Alive: -, Proxy-Connection: -, X-End: to the end"

// hopByHop are fields of which only the last one is for whoever is at the other end.
func hopByHop() http.Header {
	return http.Header{
		"Connection": {"x-hop , X-Jump, close"}, "X-Hop": {"1"}, "X-Jump": {"2"},
		"Keep-Alive": {"timeout=9"}, "Proxy-Connection": {"keep-alive"}, "X-End": {"to the end"},
	}
}

// tells answers with fields of the request.
func tells(names ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var values []string
		for _, name := range names {
			values = append(values, name+": "+cmp.Or(strings.Join(r.Header.Values(name), " and "), "-"))
		}
		fmt.Fprint(rw, list(values))
	}
}

func TestBodiesStream(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, length := range []string{"", "18"} {
			title := map[string]string{"": "A long answer", "18": "A long answer whose length is known"}[length]
			open(t, title, standard(), []string{"a"}, func(w *world) {
				g := w.replica("a").behind("/film", length)
				q := w.ask("GET", "/film", nil, nil)
				g.send("first ")
				q.is("200 first (to be continued)", "the client gets the first part of an answer before the backend sends the last")
				g.send("second")
				q.is("200 first second (to be continued)", "the client gets each part of an answer when the backend has sent it")
				g.send(" third")
				g.finish()
				q.is("200 first second third", "the client gets the whole answer")
			})
		}
		open(t, "A long request", standard(), []string{"a"}, func(w *world) {
			var got strings.Builder
			var seen []string
			w.replica("a").on("/film", func(rw http.ResponseWriter, r *http.Request) {
				buffer := make([]byte, 100)
				for {
					n, err := r.Body.Read(buffer)
					if n > 0 {
						seen = append(seen, string(buffer[:n]))
						w.does("a", "/film: receive "+string(buffer[:n]))
						got.Write(buffer[:n])
					}
					if err != nil {
						fmt.Fprint(rw, got.String())
						return
					}
				}
			})
			r, body := io.Pipe()
			w.cleanup(func() { _ = body.Close() })
			q := w.ask("PUT", "/film", nil, r)
			for i, part := range []string{"first", "second"} {
				w.does("client", "/film: send "+part)
				_, _ = io.WriteString(body, part)
				w.pass(short)
				const text = "/film: received so far: "
				w.same("a", text+list([]string{"first", "second"}[:i+1]), text+list(seen), "the backend gets each part of a request when the client has sent it")
			}
			_ = body.Close()
			w.pass(short)
			q.is("200 firstsecond", "the backend gets the whole request")
		})
	})
}
