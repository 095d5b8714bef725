package channelpool_test

import (
	"sync"

	"scalelab/pkg/check/messaging"
)

// wire counts the channels that a client opens and closes on its connection.
//
//	pool ── wire ──▶ fault proxy ──▶ broker
//	          └ channel.open, channel.close and the client's answer when the broker closes one
type wire struct {
	mu sync.Mutex
	counted
}

// counted is what a wire has seen.
type counted struct {
	opened int // channels that were ever opened
	open   int // now
	most   int // at once
}

// count is told of every method that the client sends.
func (w *wire) count(class, method uint16) {
	if class != messaging.ClassChannel {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch method {
	case messaging.MethodOpen:
		w.opened++
		w.open++
		w.most = max(w.most, w.open)
	case messaging.MethodClose, messaging.MethodCloseOK:
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
