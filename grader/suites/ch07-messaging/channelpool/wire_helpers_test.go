package channelpool_test

import (
	"encoding/binary"
	"net"
	"sync"
)

// wire counts the channels that a client opens and closes on its connection.
//
//	pool ── wire ──▶ fault proxy ──▶ broker
//	          └ channel.open, channel.close and the client's answer when the broker closes one
type wire struct {
	net.Conn

	mu     sync.Mutex
	unread []byte // of a frame that is not complete
	begun  bool   // the protocol header is through
	counted
}

// counted is what a wire has seen.
type counted struct {
	opened int // channels that were ever opened
	open   int // now
	most   int // at once
}

// On the wire: a frame is its type, its channel, its length, the payload and an end; a method's payload begins with class and method.
const (
	protocolHeader = 8
	frameHeader    = 7
	methodFrame    = 1
	classChannel   = 20
	methodOpen     = 10
	methodClose    = 40
	methodCloseOK  = 41
)

// Write hands bytes of the client library on.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.unread = append(w.unread, p...)
	w.read()
	w.mu.Unlock()
	return w.Conn.Write(p)
}

// read takes whole frames off what is unread. The lock is held.
func (w *wire) read() {
	if !w.begun && len(w.unread) >= protocolHeader {
		w.begun, w.unread = true, w.unread[protocolHeader:]
	}
	for w.begun && len(w.unread) >= frameHeader {
		size := frameHeader + int(binary.BigEndian.Uint32(w.unread[3:])) + 1
		if len(w.unread) < size {
			return
		}
		frame := w.unread[:size]
		w.unread = w.unread[size:]
		if frame[0] == methodFrame && binary.BigEndian.Uint16(frame[frameHeader:]) == classChannel {
			w.count(binary.BigEndian.Uint16(frame[frameHeader+2:]))
		}
	}
}

func (w *wire) count(method uint16) {
	switch method {
	case methodOpen:
		w.opened++
		w.open++
		w.most = max(w.most, w.open)
	case methodClose, methodCloseOK:
		w.open--
	}
}

// restart counts from here what is open at once.
func (w *wire) restart() counted {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = w.open
	return w.counted
}

// seen is what the wire has counted so far.
func (w *wire) seen() counted {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counted
}
