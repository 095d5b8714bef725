// Package rpc lets a program call a function of another machine as if it were one of its own: a remote procedure call.
//
// Two halves make the illusion. The stub stands where the caller is: it turns a call into a request, sends it, waits, and turns
// the reply into a result. The skeleton stands where the function is: it turns a request into a call, and the result into a
// reply.
//
//	caller ──call──▶ stub ──request──▶ ·· network ·· ──request──▶ skeleton ──call──▶ function
//	       ◀─result─      ◀──reply───                ◀──reply───           ◀─result─
//
// What no stub can hide: every remote call may fail in a way in which no local call fails. The other machine may be down, it may
// go down in the middle, and its reply may come late or never. So every call takes a context, and returns an error.
//
// This file, wire.go and bank.go are given: they are the same for everybody and are not handed in.
package rpc

import (
	"context"
	"errors"
	"net"
)

// Handler is a function that can be called from far away. args is the JSON of the caller's arguments, and what it returns is the
// JSON of the result. ctx ends when nobody can get the result any more, because the connection has ended.
type Handler func(ctx context.Context, args []byte) ([]byte, error)

// Dialer connects to a server. It returns ctx's error if ctx ends before there is a connection.
type Dialer func(ctx context.Context) (net.Conn, error)

// MaxPayload is how many bytes the JSON of arguments, the JSON of a result or the text of an error may have.
const MaxPayload = 64 << 10

// The errors of Call, apart from the context's and RemoteError. Call wraps them: compare with errors.Is.
var (
	// ErrUnavailable says that the server cannot be reached, or not any more. The error that Call or Dial returns wraps the cause, too.
	ErrUnavailable = errors.New("rpc: server unavailable")

	// ErrNotRegistered says that the server has no handler of that name.
	ErrNotRegistered = errors.New("rpc: name not registered")

	// ErrTooLarge says that arguments, a result or the text of an error exceed MaxPayload, or a name MaxName.
	ErrTooLarge = errors.New("rpc: too large")

	// ErrEncoding says that the arguments cannot be turned into JSON, or the result's JSON not into the caller's reply.
	ErrEncoding = errors.New("rpc: encoding")
)

// RemoteError says that the call arrived, that the handler ran, and that it failed. Find it with errors.As.
type RemoteError struct {
	Name    string // of the handler
	Message string // the text of the handler's error
}

// Error names the handler and what it said.
func (e *RemoteError) Error() string { return "rpc: remote " + e.Name + ": " + e.Message }
