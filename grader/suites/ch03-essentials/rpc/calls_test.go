package rpc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

func TestEachCallGetsItsOwnReply(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "Replies in another order", func(s *scene) {
			b, d := s.open()
			s.does("client", "the context of Dial ends")
			d.dialled()
			s.settle()
			calls := map[string]*call{}
			for _, name := range []string{"a", "b", "c", "d"} {
				calls[name] = d.ask(t.Context(), name)
				b.request(name)
			}
			s.same("server", len(calls), len(b.ids()), "different IDs of calls that are under way at the same time")
			for _, name := range []string{"c", "a", "d", "b"} {
				calls[name].waiting("a call waits for its own reply, whatever comes before")
				b.reply(name)
				calls[name].answered("each call gets its own reply, in whichever order they come")
			}
			s.same("server", 1, b.dials(), "connections for all calls of one client")
		})
		play(t, "Replies in pieces and in one piece", func(s *scene) {
			b, d := s.open()
			x, y, z := d.ask(t.Context(), "x"), d.ask(t.Context(), "y"), d.ask(t.Context(), "z")
			for _, piece := range frames(rpc.Response{ID: b.request("x").ID, Body: []byte(`"reply to x"`)}) {
				b.write([]byte{piece})
			}
			s.settle()
			x.answered("a reply may arrive byte by byte")
			b.respond(
				rpc.Response{ID: b.request("z").ID, Body: []byte(`"reply to z"`)},
				rpc.Response{ID: b.request("y").ID, Body: []byte(`"reply to y"`)},
			)
			y.answered("several replies may arrive at once")
			z.answered("several replies may arrive at once")
			d.lives(b, "more", "after that")
		})
		play(t, "Arguments and results", argumentsAndResults)
	})
}

// order is something with a structure.
type order struct {
	Desk   string
	Cents  int64
	Guests []string
}

func argumentsAndResults(s *scene) {
	b, d := s.open()
	for i, args := range []any{order{"north", 1<<62 + 1, []string{"Zoë <\"&\">"}}, nil, []byte{0, 255}, map[string]int{"b": 2, "a": 1}} {
		c := &call{d: d, name: fmt.Sprint(i), done: make(chan struct{})}
		var result order
		c.start(func() error { return d.client.Call(s.t.Context(), "orders.Place", args, &result) })
		s.same("server", i+1, b.count(), "requests that have arrived after %d calls", i+1)
		got := b.requests[i]
		s.same("server", "orders.Place", got.Name, "the name in the request")
		s.same("server", true, sameJSON(mustJSON(args), got.Args), "the arguments in the request are the JSON of the call's arguments")
		b.respond(rpc.Response{ID: got.ID, Body: []byte(`{"Desk":"south","Cents":4611686018427387905,"Guests":["a","b"]}`)})
		c.expect(outcome("", nil), "a call returns nil when its reply has come")
		require.Equal(s.t, order{"south", 1<<62 + 1, []string{"a", "b"}}, result, "the result's JSON is decoded into reply")
	}
	c := &call{d: d, name: "without reply", done: make(chan struct{})}
	c.start(func() error { return d.client.Call(s.t.Context(), "orders.Place", 1, nil) })
	b.respond(rpc.Response{ID: b.requests[b.count()-1].ID, Body: []byte(`"whatever"`)})
	c.expect(outcome("", nil), "the result is ignored if reply is nil")
}

func TestBadValuesConcernOneCall(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, v := range badReplies {
			play(t, "A reply that is no result: "+v.what, func(s *scene) {
				b, d := s.open()
				c := d.ask(t.Context(), "a")
				v.response.ID = b.request("a").ID
				b.respond(v.response)
				c.expect(v.want, "the error of a call to which the server replies with %s", v.what)
				d.lives(b, "next", "after such a reply")
			})
		}
		for _, v := range badArguments {
			play(t, "Arguments that cannot be sent: "+v.what, func(s *scene) {
				b, d := s.open()
				c := &call{d: d, name: "a", done: make(chan struct{})}
				c.start(func() error { return d.client.Call(t.Context(), v.name, v.args, &c.reply) })
				if v.want == waits {
					s.same("server", 1, b.count(), "requests that have arrived, after a call with %s", v.what)
					s.same("server", v.name, b.requests[0].Name, "the name in the request of a call with %s", v.what)
					b.respond(rpc.Response{ID: b.requests[0].ID, Body: []byte(`"reply to a"`)})
					c.answered("a call is made as any other, with %s", v.what)
				} else {
					c.expect(v.want, "a call returns its error before anything is sent, with %s", v.what)
					s.same("server", 0, b.count(), "requests that have arrived, after a call with %s", v.what)
				}
				d.lives(b, "next", "after such a call")
			})
		}
	})
}

var badReplies = []struct {
	what     string
	response rpc.Response
	want     string
}{
	{"an error of the handler", rpc.Response{Status: rpc.StatusFailed, Body: []byte("no funds")}, `RemoteError{ask, "no funds"}`},
	{"an error without a text", rpc.Response{Status: rpc.StatusFailed}, `RemoteError{ask, ""}`},
	{"an unknown name", rpc.Response{Status: rpc.StatusNotRegistered}, "ErrNotRegistered"},
	{"a result that is too large", rpc.Response{Status: rpc.StatusTooLarge}, "ErrTooLarge"},
	{"a result that is no JSON", rpc.Response{Body: []byte(`{"half":`)}, "ErrEncoding"},
	{"a result of another type", rpc.Response{Body: []byte(`[1, 2]`)}, "ErrEncoding"},
}

// badArguments names arguments and, as waits, those that are just good enough.
var badArguments = []struct {
	what string
	name string
	args any
	want string
}{
	{"a channel as its argument", "ask", make(chan int), "ErrEncoding"},
	{"arguments of MaxPayload bytes", "ask", strings.Repeat("x", rpc.MaxPayload-2), waits},
	{"arguments of one byte more", "ask", strings.Repeat("x", rpc.MaxPayload-1), "ErrTooLarge"},
	{"a name of MaxName bytes", strings.Repeat("n", rpc.MaxName), 1, waits},
	{"a name of one byte more", strings.Repeat("n", rpc.MaxName+1), 1, "ErrTooLarge"},
}
