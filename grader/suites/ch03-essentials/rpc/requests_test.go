package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

func TestServerAnswersEachRequest(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "One request after another", func(s *scene) {
			v := s.serve()
			p := s.connect("client")
			for _, id := range []uint64{7, 0, math.MaxUint64, 1 << 40, 7} {
				p.send(id, "echo", `"hello"`)
				p.expect(fmt.Sprintf(`#%d OK "hello"`, id), "a request is answered once, with its own ID and what its handler returned")
			}
			v.server.Register("upper", func(_ context.Context, args []byte) ([]byte, error) {
				return []byte(strings.ToUpper(string(args))), nil
			})
			p.send(8, "upper", `"hello"`)
			p.expect(`#8 OK "HELLO"`, "a handler that was registered while the server serves is there for every connection")
			p.send(9, "echo", `"hello"`)
			p.expect(`#9 OK "hello"`, "each name has its own handler")
		})
		play(t, "Two connections, the same ID", func(s *scene) {
			s.serve()
			a, b := s.connect("client a"), s.connect("client b")
			for _, p := range []*peer{b, a, b} {
				p.send(1, "echo", `"hello"`)
				p.expect(`#1 OK "hello"`, "two connections may use the same ID: each gets the reply to its own request")
			}
			a.expect(nothing, "a request is answered once, on its own connection")
			b.expect(nothing, "a request is answered once, on its own connection")
		})
	})
}

func TestHandlersDoNotWaitForEachOther(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "A quick request after a slow one", func(s *scene) {
			v := s.serve()
			p, other := s.connect("client"), s.connect("another client")
			p.send(1, "hold", `"slow"`)
			v.expect("slow", running, "a handler when its request has arrived")
			other.send(1, "echo", `"quick"`)
			other.expect(`#1 OK "quick"`, "a handler does not wait for one of another connection")
			p.send(2, "echo", `"quick"`)
			p.expect(`#2 OK "quick"`, "a handler does not wait for one of the same connection, and its reply is sent when it has returned")
			v.letGo("slow")
			p.expect(`#1 OK "done slow"`, "the slow request is answered when its handler has returned")
		})
		play(t, "More than a thousand handlers at once", everyHandlerBegins)
		play(t, "A client that does not read", oneClientDoesNotRead)
	})
}

func everyHandlerBegins(s *scene) {
	const many = 1_100 // more than any pool or queue that looks large enough
	v := s.serve()
	s.does("client", fmt.Sprintf("send %d requests", many))
	s.silent = true
	p := s.connect("client")
	for i := range many {
		p.write(frame(rpc.Request{ID: uint64(i), Name: "hold", Args: fmt.Appendf(nil, `"%d"`, i)}))
	}
	s.settle()
	begun := 0
	for i := range many {
		if v.state(v.of(fmt.Sprint(i))) == running {
			begun++
		}
	}
	s.same("server", fmt.Sprintf("%d handlers are running", many), fmt.Sprintf("%d handlers are running", begun),
		"each handler begins when its request has arrived, however many are running")
	for i := many - 1; i >= 0; i-- {
		v.letGo(fmt.Sprint(i))
		p.expect(fmt.Sprintf(`#%d OK "done %d"`, i, i), "each reply is sent when its handler has returned, whatever the order")
	}
}

func oneClientDoesNotRead(s *scene) {
	const many = 12
	v := s.serve()
	large := []byte(`"` + strings.Repeat("x", rpc.MaxPayload-2) + `"`)
	v.server.Register("large", func(context.Context, []byte) ([]byte, error) { return large, nil })
	deaf, other := s.connectDeaf("deaf client"), s.connect("another client")
	for i := range many {
		deaf.write(frame(rpc.Request{ID: uint64(i), Name: "large"}))
	}
	s.settle()
	s.does("deaf client", fmt.Sprintf("send %d requests, read no reply", many))
	other.send(1, "echo", `"hello"`)
	other.expect(`#1 OK "hello"`, "a client that does not read its replies holds up nobody but itself")
	fresh := s.connect("later client")
	fresh.send(1, "echo", `"hello"`)
	fresh.expect(`#1 OK "hello"`, "a client that does not read its replies holds up nobody but itself, nor those who connect later")
	s.does("deaf client", "reads")
	deaf.listen()
	s.settle()
	s.same("deaf client", many, strings.Count(deaf.got(), "OK"), "replies to the client, when it reads at last")
}

func TestFailuresAreAnswers(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, f := range failures {
			play(t, "A request that fails: "+f.what, func(s *scene) {
				v := s.serve()
				v.server.Register("fails", f.handler)
				other, p := s.connect("another client"), s.connect("client")
				other.send(1, "hold", `"other"`)
				p.send(2, f.name(), `"x"`)
				got := p.got()
				if f.anyText {
					got, _, _ = strings.Cut(got, "Failed ")
					got += "Failed"
				}
				s.same("client", "#2 "+f.want, got, "the answer to a request: %s", f.what)
				p.lives(3, "after such an answer")
				v.letGo("other")
				other.expect(`#1 OK "done other"`, "a request that fails harms no other call: %s", f.what)
			})
		}
	})
}

// failure is a handler that fails in some way, and the response that it makes.
type failure struct {
	what    string
	handler rpc.Handler
	unknown bool // asks for another name
	want    string
	anyText bool
}

func (f failure) name() string {
	if f.unknown {
		return "unheard of"
	}
	return "fails"
}

func failing(text string) rpc.Handler {
	return func(context.Context, []byte) ([]byte, error) { return []byte(`"half a result"`), errors.New(text) }
}

func returning(size int) rpc.Handler {
	return func(context.Context, []byte) ([]byte, error) { return make([]byte, size), nil }
}

func panicking(value any) rpc.Handler {
	return func(context.Context, []byte) ([]byte, error) { panic(value) }
}

const noFunds = "no funds, 50 € missing"

var failures = []failure{
	{what: "an error", handler: failing(noFunds), want: fmt.Sprintf("Failed %q", noFunds)},
	{what: "an error without a text", handler: failing(""), want: `Failed ""`},
	{what: "a panic", handler: panicking("out of cash"), want: "Failed", anyText: true},
	{what: "a panic with an error", handler: panicking(errors.New("out of cash")), want: "Failed", anyText: true},
	{what: "a run-time error", handler: func(_ context.Context, args []byte) ([]byte, error) { return args[len(args)+1:], nil }, want: "Failed", anyText: true},
	{what: "an unknown name", handler: returning(1), unknown: true, want: "NotRegistered"},
	{what: "a result of MaxPayload bytes", handler: returning(rpc.MaxPayload), want: fmt.Sprintf("OK %d bytes", rpc.MaxPayload)},
	{what: "a result of one byte more", handler: returning(rpc.MaxPayload + 1), want: "TooLarge"},
	{what: "an error's text of MaxPayload bytes", handler: failing(strings.Repeat("x", rpc.MaxPayload)), want: fmt.Sprintf("Failed %d bytes", rpc.MaxPayload)},
	{what: "an error's text of one byte more", handler: failing(strings.Repeat("x", rpc.MaxPayload+1)), want: "TooLarge"},
}
