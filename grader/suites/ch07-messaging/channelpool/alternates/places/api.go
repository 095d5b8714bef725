// Package channelpool shares a few AMQP channels of one connection among many goroutines.
//
//	Borrow ──▶ ┌─────────── pool ───────────┐
//	           │ idle ◀── Return ── lent    │ ── one connection ── broker
//	waits  ──▶ └────────────────────────────┘
//
// This file is given. What you write is in channelpool.go; README.md is the contract.
package channelpool

import "errors"

// Options are the bounds of a pool.
type Options struct {
	Max     int // channels that may be open at once, at least 1
	MaxIdle int // idle channels that are kept for the next Borrow, at least 0
}

// Stats is a snapshot of a pool.
type Stats struct {
	Open    int // Idle + InUse
	Idle    int // kept for the next Borrow
	InUse   int // lent, or just being opened or closed
	Waiting int // calls of Borrow that wait for a channel
}

// ErrPoolClosed is what Borrow and With return after Close; it may be wrapped, so match it with errors.Is.
var ErrPoolClosed = errors.New("the channel pool is closed")
