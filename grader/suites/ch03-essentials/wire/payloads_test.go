package wire_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

// message is a request or a response, seen as a first string and some more.
type message struct {
	first string
	rest  []string
}

// language is one of the two formats of the subject.
type language struct {
	name   string // "Request"
	encode func(message) []byte
	decode func([]byte) (message, error)
}

var languages = []language{
	{
		name:   "Request",
		encode: func(m message) []byte { return wire.EncodeRequest(wire.Request{Op: m.first, Params: m.rest}) },
		decode: func(payload []byte) (message, error) {
			req, err := wire.DecodeRequest(payload)
			return message{req.Op, req.Params}, err
		},
	}, {
		name:   "Response",
		encode: func(m message) []byte { return wire.EncodeResponse(wire.Response{Err: m.first, Values: m.rest}) },
		decode: func(payload []byte) (message, error) {
			resp, err := wire.DecodeResponse(payload)
			return message{resp.Err, resp.Values}, err
		},
	},
}

func (l language) String(m message) string {
	if l.name == "Request" {
		return fmt.Sprintf("Request{Op: %s, Params: %s}", quoted(m.first), list(m.rest))
	}
	return fmt.Sprintf("Response{Values: %s, Err: %s}", list(m.rest), quoted(m.first))
}

func list(all []string) string {
	const most = 6
	parts := make([]string, 0, most+1)
	for _, s := range all[:min(len(all), most)] {
		parts = append(parts, quoted(s))
	}
	if len(all) > most {
		parts = append(parts, fmt.Sprintf("… (%d)", len(all)))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func quoted(s string) string {
	const most = 24
	if len(s) > most {
		return fmt.Sprintf("%q… (%d bytes)", s[:most], len(s))
	}
	return fmt.Sprintf("%q", s)
}

func (m message) equal(other message) bool {
	return m.first == other.first && slices.Equal(m.rest, other.rest) // nil and empty are the same
}

func TestAnyBytesSurvive(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, l := range languages {
			for _, m := range messages() {
				l.mustSurvive(t, m)
			}
		}
	})
}

// mustSurvive demands that m comes out of the decoder as it went into the encoder.
func (l language) mustSurvive(t *check.T, m message) {
	t.Helper()
	payload := l.encode(m)
	got, err := l.decode(slices.Clone(payload))
	if err == nil && got.equal(m) {
		return
	}
	text := fmt.Sprintf("encoded  %s\npayload  %s\n", l.String(m), quoted(string(payload)))
	if err == nil {
		text += fmt.Sprintf("decoded  %s\n", l.String(got))
	}
	check.Show(t, check.Evidence{Kind: "round trip", Title: "What went in, and what came out", Text: text})
	if err != nil {
		t.Fatalf("Decode%s must decode what Encode%s has made of %s, but returned %s", l.name, l.name, l.String(m), told(err))
	}
	t.Fatalf("Encode%s was given\n%s\nDecode%s must return the same; it returned\n%s", l.name, l.String(m), l.name, l.String(got))
}

func TestNonsenseIsRefused(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, l := range languages {
			l.mustRefuse(t, nil, "an empty payload")
			for _, m := range ordinary {
				payload := l.encode(m)
				l.mustRefuse(t, payload[:len(payload)-1], "the encoding of "+l.String(m)+" without its last byte")
			}
			for _, payload := range l.nonsense() {
				l.mustStandFirm(t, payload)
			}
		}
		for _, payload := range languages[0].nonsense() {
			if _, err := wire.DecodeRequest(payload); err != nil {
				mustServe(t, frame(payload))
			}
			if len(payload) < 4 || binary.BigEndian.Uint32(payload) <= wire.MaxFrame { // what is too large is another rule's business
				mustServe(t, payload)
			}
		}
	})
}

// mustRefuse demands ErrMalformed.
func (l language) mustRefuse(t *check.T, payload []byte, what string) {
	t.Helper()
	showing(t, "The payload", payload, func() {
		switch got, err := l.decode(payload); {
		case err == nil:
			t.Fatalf("Decode%s must return ErrMalformed for %s, but decoded\n%s", l.name, what, l.String(got))
		case !errors.Is(err, wire.ErrMalformed):
			t.Fatalf("Decode%s must return ErrMalformed for %s, but returned %s", l.name, what, told(err))
		}
	})
}

// mustStandFirm demands that a payload of any bytes neither makes the decoder panic nor fills the memory.
func (l language) mustStandFirm(t *check.T, payload []byte) {
	t.Helper()
	showing(t, "The payload", payload, func() {
		var err error
		took := allocated(func() { _, err = l.decode(payload) })
		bound := uint64(512<<10 + 100*len(payload))
		if took > bound { // or others' small change was counted just now, as the garbage collector does
			took = min(took, allocated(func() { _, err = l.decode(payload) }))
		}
		if took > bound {
			t.Fatalf("Decode%s has made room for more than half a megabyte, because a payload of %d bytes says that so much will come", l.name, len(payload))
		}
		if err != nil && !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("Decode%s must return no other error than ErrMalformed, but returned %s", l.name, told(err))
		}
	})
}

// mustServe demands that Serve comes to its end on whatever a stream holds, without a panic.
func mustServe(t *check.T, stream []byte) {
	t.Helper()
	showing(t, "What came over the connection, before it broke", stream, func() {
		echo := wire.Operations{"echo": {Params: 1, Do: func(params []string) ([]string, error) { return params, nil }}}
		there, here := newLine(t)
		here.feedLast(stream, errLine)
		wire.Serve(there, echo)
	})
}

// showing does something with bytes that are shown if it ends the check or panics.
func showing(t *check.T, title string, payload []byte, do func()) {
	t.Helper()
	well := false
	defer func() {
		if !well {
			check.Show(t, check.Evidence{Kind: "bytes", Title: title, Text: shown(payload) + "\n" + quoted(string(payload)) + "\n"})
		}
	}()
	do()
	well = true
}
