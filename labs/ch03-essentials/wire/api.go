// Package wire is a lab: an application protocol on a stream of bytes.
//
// A TCP connection carries bytes from one end to the other, all of them and in their order, and that is all it does. It does not know
// where one message ends and the next one begins, what a message means, or what to do with nonsense. Two programs that want to
// talk over it must agree on these things themselves. Such an agreement is a protocol, and here it has three layers:
//
//	Serve, Client        a request is sent, a response comes back; in order
//	Encode…, Decode…     a request or a response is some bytes: the payload
//	ReadFrame, WriteFrame  a payload travels in a frame: its length, then the payload
//
// This file is given: it is the same for everybody and you do not hand it in. You write wire.go.
package wire

import "errors"

// MaxFrame is the longest payload, in bytes, that Serve and Client send and accept.
const MaxFrame = 64 << 10

// ErrTooLarge says that a payload is longer than allowed.
var ErrTooLarge = errors.New("wire: payload too large")

// ErrMalformed says that a payload is not the encoding of a request, or not that of a response.
var ErrMalformed = errors.New("wire: malformed payload")

// Request asks the other side to do something. Nil and empty Params are the same.
type Request struct {
	Op     string
	Params []string
}

// Response answers a Request. Nil and empty Values are the same.
type Response struct {
	Values []string
	Err    string // why the request was refused or has failed; empty if all is well
}

// Operations are what a server can do, by name. Nobody changes them while they are served.
type Operations map[string]Operation

// Operation is one thing that a server can do.
type Operation struct {
	Params int // so many parameters it takes: no more and no less

	// Do does it. The text of its error is never empty. Do must not be called with another number of parameters.
	Do func(params []string) (values []string, err error)
}
