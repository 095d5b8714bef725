package faultnet

import (
	"cmp"
	"time"
)

// Message is what crosses the network: a datagram, or a segment of a stream.
type Message struct {
	Type Type
	From Addr
	To   Addr
	Conn int // which connection of the dialling host to the dialled address, from 1; 0 for datagrams

	// Seq counts the messages of a flow, from 1. A flow is what goes from one address to another; for streams, one direction
	// of one connection. The SYN and the SYN-ACK of a connection are 0, so its first data is 1.
	Seq int

	// Repeat is how often this flow has carried a datagram of the very same bytes before: 0 for the first.
	Repeat int

	Data []byte // the payload; not to be changed
}

// Type tells what a message is for. All but Datagram and Unreachable belong to streams.
type Type int

// The types of messages, in the words of UDP, ICMP and TCP.
const (
	Datagram    Type = iota
	Unreachable      // nobody listens at the port to which a datagram went
	Data             // bytes of a stream
	SYN              // a dial
	SYNACK           // its answer
	FIN              // the sender's last: it closed, or closed for writing
	RST              // the connection is over, at once; also the answer to a dial if nobody listens
)

func (t Type) String() string {
	return [...]string{"datagram", "unreachable", "data", "SYN", "SYN-ACK", "FIN", "RST"}[t]
}

// message is a Message on its way.
type message struct {
	Message
	end  *conn // of a stream: the end to which it goes; nil for datagrams and for the SYN
	by   *conn // of a stream: the end that sent it
	flow *flow

	due       time.Duration // when it arrives
	delay     time.Duration // its latency, again after a hold
	sent      time.Duration
	answer    bool   // the operating system sent it, not the program
	copy      int    // 0 for the original
	damaged   []byte // what arrives instead of Data, if that was corrupted
	byPayload bool   // it is known by its bytes and not by its number
	cut       bool   // the connection is reset when it has arrived
	swallowed bool   // as cut, but the data is not delivered
}

// isSegment tells what belongs to a stream from datagrams.
func (m Message) isSegment() bool { return m.Type > Unreachable }

// compare orders messages that arrive at the same instant, by nothing that goroutines could influence.
func (m *message) compare(o *message) int {
	return cmp.Or(cmp.Compare(m.due, o.due), m.identity().compare(o.identity()))
}

// payload is what arrives.
func (m *message) payload() []byte {
	if m.damaged != nil {
		return m.damaged
	}
	return m.Data
}

// flow counts what goes one way between two addresses.
type flow struct {
	seq     int
	seen    map[string]int   // payload → how often sent
	busy    time.Duration    // when the last message has left, at the link's bandwidth
	last    time.Duration    // of a stream: when its last segment arrives
	bytes   int              // of a stream: sent so far
	arrived int              // of a stream: the Seq up to which everything has arrived
	early   map[int]*message // of a stream: what has arrived beyond that
	latest  struct {         // of datagrams: which of those that have arrived was sent last
		sent time.Duration
		seq  int
	}
}

func (f *flow) next() int {
	f.seq++
	return f.seq
}

// repeats counts a payload and returns how often it was there before.
func (f *flow) repeats(data []byte) int {
	if f.seen == nil {
		f.seen = map[string]int{}
	}
	n := f.seen[string(data)]
	f.seen[string(data)] = n + 1
	return n
}
