// Package delivery carries messages over a network that loses, doubles and reorders packets, with one of three promises: each
// message arrives at most once, at least once, or exactly once.
//
// A network of packets promises nothing. Whatever a program promises on top of it, it has to build from four things: numbers that
// tell messages apart, acknowledgements that tell what has arrived, sending again what was not acknowledged, and a memory of what
// was delivered already. Which of them it uses, and in which order, decides what it can promise.
//
// This file is given: it is the same for everybody and is not handed in.
package delivery

import (
	"encoding/binary"
	"errors"
	"time"
)

// Guarantee is what a sender and a receiver promise together. Both ends are given the same one.
type Guarantee int

// The three guarantees.
const (
	AtMostOnce  Guarantee = iota // sent once and never again: fast, and may be lost
	AtLeastOnce                  // sent until it is acknowledged: never lost, and may be received more than once
	ExactlyOnce                  // sent until it is acknowledged, and every copy but the first is recognised
)

// The errors that callers look for with errors.Is.
var (
	ErrClosed   = errors.New("delivery: closed")
	ErrTooLarge = errors.New("delivery: message too large")
)

// MaxMessage is how many bytes a message may have, so that it always fits into one packet.
const MaxMessage = 1024

// What Options mean where they are zero.
const (
	DefaultWindow = 16
	DefaultRetry  = 100 * time.Millisecond
)

// Options are the settings of NewSender and NewReceiver.
type Options struct {
	Guarantee Guarantee

	// Window is how many messages of a sender are under way at once, and how many a receiver keeps until Receive takes them;
	// 0 means DefaultWindow.
	Window int

	// Retry is how long a sender waits for an acknowledgement before it sends the message again; 0 means DefaultRetry. Senders only.
	Retry time.Duration

	// Epoch tells one start of the sending program from the next: the caller gives every new sender a greater one. The program
	// keeps it on disk, and it is all that it keeps. Senders only.
	Epoch uint64

	// State is the durable memory of what was delivered. Receivers that promise ExactlyOnce only; they need it.
	State State
}

// WithDefaults returns the options with the defaults in place of zeros. It panics if they make no sense.
func (o Options) WithDefaults() Options {
	switch {
	case o.Guarantee < AtMostOnce || o.Guarantee > ExactlyOnce:
		panic("delivery: unknown guarantee")
	case o.Window < 0 || o.Retry < 0:
		panic("delivery: negative Window or Retry")
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.Retry == 0 {
		o.Retry = DefaultRetry
	}
	return o
}

// ID tells a message from every other that was ever sent from the same place, by this sender or by those before it.
type ID struct {
	Epoch uint64 // of the sender
	Seq   uint64 // which of its messages
}

// After reports whether the message was begun after the other, if Seq counts upwards.
func (id ID) After(other ID) bool {
	return id.Epoch > other.Epoch || id.Epoch == other.Epoch && id.Seq > other.Seq
}

// State is what outlives a crash of the receiving program: a database with the effects of all messages and with their IDs. It is
// safe for concurrent use.
type State interface {
	// Deliver applies the message and records its ID, in one transaction: both happen, or neither does. If the ID is known,
	// nothing happens and fresh is false. After an error nothing has happened either. Deliver keeps no hold of msg.
	Deliver(id ID, msg []byte) (fresh bool, err error)
}

// Packet is a format of packets that you may use, with its encoding; or take your own.
type Packet struct {
	Kind Kind
	ID   ID     // of the message that it carries, or acknowledges
	Msg  []byte // empty in acknowledgements
}

// Kind is what a packet is for.
type Kind byte

// The kinds of packets.
const (
	Data Kind = 1
	Ack  Kind = 2
)

const (
	headerSize = 1 + 8 + 8
	maxPacket  = headerSize + MaxMessage
)

// Encode returns the bytes of a packet.
func (p Packet) Encode() []byte {
	b := append(make([]byte, 0, headerSize+len(p.Msg)), byte(p.Kind))
	b = binary.BigEndian.AppendUint64(b, p.ID.Epoch)
	b = binary.BigEndian.AppendUint64(b, p.ID.Seq)
	return append(b, p.Msg...)
}

// Decode returns the packet with these bytes, and whether there is one. Its Msg is a part of b, not a copy.
func Decode(b []byte) (p Packet, ok bool) {
	if len(b) < headerSize || Kind(b[0]) != Data && Kind(b[0]) != Ack {
		return Packet{}, false
	}
	id := ID{binary.BigEndian.Uint64(b[1:]), binary.BigEndian.Uint64(b[9:])}
	return Packet{Kind(b[0]), id, b[headerSize:]}, true
}
