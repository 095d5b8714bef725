package rpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"scalelab/labs/ch03-essentials/rpc"
)

// describeResponse is a response without its ID.
func describeResponse(p rpc.Response) string {
	switch p.Status {
	case rpc.StatusOK:
		return "OK " + brief(p.Body)
	case rpc.StatusFailed:
		if len(p.Body) > mostShown {
			return "Failed " + brief(p.Body)
		}
		return fmt.Sprintf("Failed %q", p.Body)
	case rpc.StatusNotRegistered:
		return "NotRegistered"
	case rpc.StatusTooLarge:
		return "TooLarge"
	}
	return fmt.Sprintf("status %d", p.Status)
}

func describeRequest(q rpc.Request) string { return brief([]byte(q.Name)) + "(" + brief(q.Args) + ")" }

const mostShown = 24

// brief keeps pictures narrow.
func brief(text []byte) string {
	if len(text) > mostShown {
		return fmt.Sprintf("%d bytes", len(text))
	}
	return string(text)
}

// outcome words what Call returned, the same in every run.
func outcome(reply string, err error) string {
	if err == nil {
		return fmt.Sprintf("%q", reply)
	}
	var kinds []string
	var remote *rpc.RemoteError
	if errors.As(err, &remote) {
		kinds = append(kinds, fmt.Sprintf("RemoteError{%s, %q}", brief([]byte(remote.Name)), brief([]byte(remote.Message))))
	}
	for _, k := range []struct {
		err  error
		name string
	}{
		{rpc.ErrUnavailable, "ErrUnavailable"}, {rpc.ErrNotRegistered, "ErrNotRegistered"}, {rpc.ErrTooLarge, "ErrTooLarge"},
		{rpc.ErrEncoding, "ErrEncoding"}, {context.Canceled, "context.Canceled"}, {context.DeadlineExceeded, "context.DeadlineExceeded"},
		{rpc.ErrNoAccount, "ErrNoAccount"}, {rpc.ErrBadAmount, "ErrBadAmount"},
	} {
		if errors.Is(err, k.err) {
			kinds = append(kinds, k.name)
		}
	}
	if len(kinds) == 0 {
		return "an error that is none of the contract's"
	}
	return strings.Join(kinds, " and ")
}

// sameJSON tells whether two texts are the same JSON.
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return slices.Equal(mustJSON(x), mustJSON(y))
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // the suite's own mistake
	}
	return text
}
