package wire_test

import (
	"fmt"
	"sort"
	"strings"

	"scalelab/labs/ch03-essentials/wire"
)

func request(op string, params ...string) wire.Request { return wire.Request{Op: op, Params: params} }

func values(all ...string) wire.Response { return wire.Response{Values: all} }

func refusal(text string) wire.Response { return wire.Response{Err: text} }

// longest repeats a text until the request that it is put into just fits into MaxFrame, but not more often than most.
func longest(put func(text string) wire.Request, text string, most int) string {
	n := sort.Search(most, func(n int) bool { return len(wire.EncodeRequest(put(strings.Repeat(text, n+1)))) > wire.MaxFrame })
	return strings.Repeat(text, n)
}

// say is a request as a person would say it.
func say(req wire.Request) string {
	words := []string{req.Op}
	if req.Op == "" {
		words[0] = `""`
	}
	for _, p := range req.Params {
		words = append(words, short(p))
	}
	words[0] = short(words[0])
	return strings.Join(words, " ")
}

// short is a text for a picture.
func short(s string) string {
	const most = 16
	if len(s) > most {
		return fmt.Sprintf("(%d bytes)", len(s))
	}
	return s
}

// reply is a response for a picture or a message.
func reply(resp wire.Response) string {
	switch {
	case resp.Err == some:
		return "an error"
	case resp.Err == "":
		return list(resp.Values)
	case len(resp.Values) > 0:
		return "error " + quoted(resp.Err) + " and " + list(resp.Values)
	}
	return "error " + quoted(resp.Err)
}

func all(requests []wire.Request) string {
	var parts []string
	for _, req := range requests {
		parts = append(parts, say(req))
	}
	return strings.Join(parts, "; ")
}
