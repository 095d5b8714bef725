package rpc_test

import (
	"bytes"
	"fmt"
	"strings"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/faultnet"
)

// label names what a segment carries. The IDs of requests are the client's choice, so they are not shown: the requests and
// replies of one scene tell themselves apart by what they say.
func label(m faultnet.Message) string {
	var names []string
	for rest := bytes.NewReader(m.Data); rest.Len() > 0; {
		name, ok := frameName(rest, m.To.Host == "server")
		if !ok {
			names = append(names, "a part of a frame")
			break
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

func frameName(r *bytes.Reader, request bool) (string, bool) {
	if request {
		q, err := rpc.ReadRequest(r)
		return fmt.Sprintf("%s(%s)", brief([]byte(q.Name)), brief(q.Args)), err == nil
	}
	p, err := rpc.ReadResponse(r)
	return describeResponse(p), err == nil
}

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

const mostShown = 24

// brief keeps pictures narrow.
func brief(text []byte) string {
	if len(text) > mostShown {
		return fmt.Sprintf("%d bytes", len(text))
	}
	return string(text)
}
