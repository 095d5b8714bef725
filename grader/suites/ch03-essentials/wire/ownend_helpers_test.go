package wire_test

import (
	"encoding/binary"
	"time"
)

// What the suite does with its own end of a line takes no time.

// feed sends bytes to the subject.
func (e *end) feed(p []byte) { e.peer.take(p, nil) }

// feedLast sends bytes to the subject, and nothing more afterwards: it reads err when it has read the rest.
func (e *end) feedLast(p []byte, err error) { e.peer.take(p, err) }

// arrival is a frame that has come from the subject.
type arrival struct {
	payload []byte
	at      time.Time
}

// frames takes the frames that have come so far, as far as they are whole. Half frames stay.
func (e *end) frames() []arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []arrival
	for len(e.bytes) >= 4 {
		size := 4 + int(binary.BigEndian.Uint32(e.bytes))
		if len(e.bytes) < size {
			break
		}
		all = append(all, arrival{e.bytes[4:size], e.arrived[size-1]})
		e.bytes, e.arrived = e.bytes[size:], e.arrived[size:]
	}
	return all
}

// rest is how many bytes have come and were not taken.
func (e *end) rest() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.bytes)
}

// isOver tells whether the subject has closed its end.
func (e *end) isOver() bool { return isClosed(e.peer.closed) }

// heard tells whether anything at all has come from the subject.
func (e *end) heard() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.came > 0
}
