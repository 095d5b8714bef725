// Package competing lets a group of consumers compete for the messages of one queue of RabbitMQ.
//
//	           ┌─▶ consumer 1 ─▶ handler
//	photos ────┼─▶ consumer 2 ─▶ handler      Scale(3): each message goes to one of the three
//	           └─▶ consumer 3 ─▶ handler
//
// This file is given. What you write is in competing.go; README.md is the contract.
package competing

import "errors"

// Message is what a handler gets to see of a message.
type Message struct {
	ID   string // the MessageId that its publisher gave it
	Body []byte
}

// Handler handles one message. nil means done; an error means that the message must be delivered again, to whomever. Several
// calls are at work at once, one for each consumer.
type Handler func(m Message) error

// ErrStopped is what Scale returns after Stop; it may be wrapped, so match it with errors.Is.
var ErrStopped = errors.New("the group is stopped")
