package faultnet

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// failure gives an error the shape that it has on a real network.
func failure(op, network string, local, remote net.Addr, err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = os.NewSyscallError(systemCall(op), errno)
	}
	return &net.OpError{Op: op, Net: network, Source: local, Addr: remote, Err: err}
}

// systemCall is what Go calls below an operation.
func systemCall(op string) string {
	switch op {
	case "dial":
		return "connect"
	case "listen":
		return "bind"
	}
	return op
}

// dialEnded is how package net words the end of a dial's context.
func dialEnded(cause error) error {
	switch {
	case errors.Is(cause, context.Canceled):
		return canceled{}
	case errors.Is(cause, context.DeadlineExceeded):
		return timedOut{}
	}
	return cause
}

type canceled struct{}

func (canceled) Error() string        { return "operation was canceled" }
func (canceled) Is(target error) bool { return target == context.Canceled }

type timedOut struct{}

func (timedOut) Error() string        { return "i/o timeout" }
func (timedOut) Timeout() bool        { return true }
func (timedOut) Temporary() bool      { return true }
func (timedOut) Is(target error) bool { return target == context.DeadlineExceeded }
