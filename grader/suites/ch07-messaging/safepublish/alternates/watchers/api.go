// Package safepublish publishes messages so that an accepted one is never lost, whatever fails on the way.
//
//	Publish ──▶ [ window ] ── publish ──▶ exchange ──▶ queue
//	Pending ◀── settled ◀──── ack, nack, return, or nothing at all
//
// This file is given. What you write is in safepublish.go; README.md is the contract.
package safepublish

import (
	"crypto/rand"
	"errors"
	"time"
)

// Options say where and how a publisher publishes.
type Options struct {
	Exchange string        // where every message goes; it exists
	Window   int           // messages that may be in charge and not settled, at least 1
	Backoff  time.Duration // before a nacked message is sent again, and between attempts to connect
}

// Message is one lift ride, or whatever must not be lost.
type Message struct {
	ID   string // its MessageId, the same however often it is sent; NewID makes one
	Key  string // its routing key
	Body []byte
}

// What Publish returns, and Err; it may be wrapped, so match it with errors.Is.
var (
	ErrUnroutable = errors.New("no queue is bound for the message")     // final: it is in no queue
	ErrUnknown    = errors.New("closed before the message was settled") // stored or not, nobody can tell
	ErrClosed     = errors.New("the publisher is closed")               // never sent
)

// NewID returns a fresh identifier, fit for a message's ID.
func NewID() string { return rand.Text() }
