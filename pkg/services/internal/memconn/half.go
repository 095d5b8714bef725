package memconn

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// half is one direction of a connection: bytes that one end wrote and the other has not read yet.
//
// Waiting is done on a sync.Cond and never with the mutex held, so a reader is durably blocked in a bubble. Writing
// never waits: the buffer grows, as the socket buffers on a real host would for the small messages of a test.
type half struct {
	mu       sync.Mutex
	changed  *sync.Cond
	buffer   []byte
	held     bool // what is in the buffer, and its end, stay invisible to the reader
	ended    bool // the writer closed
	broken   bool // the connection was cut: what is written vanishes, as it does before a socket learns of it
	dead     bool // the reader closed
	deadline time.Time
	alarm    *time.Timer
}

func newHalf() *half {
	h := &half{}
	h.changed = sync.NewCond(&h.mu)
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.dead:
			return 0, net.ErrClosed
		case !h.deadline.IsZero() && !time.Now().Before(h.deadline):
			return 0, os.ErrDeadlineExceeded
		case !h.held && len(h.buffer) > 0:
			n := copy(p, h.buffer)
			h.buffer = h.buffer[n:]
			return n, nil
		case !h.held && h.ended, h.broken:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		h.changed.Wait()
	}
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return 0, net.ErrClosed
	}
	if h.broken {
		return len(p), nil
	}
	if h.dead {
		return 0, io.ErrClosedPipe
	}
	h.buffer = append(h.buffer, p...)
	h.changed.Broadcast()
	return len(p), nil
}

// hold makes what is written invisible to the reader, or visible again.
func (h *half) hold(held bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = held
	h.changed.Broadcast()
}

// end is the writer's close: the reader still gets what was written.
func (h *half) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.changed.Broadcast()
}

// kill is the reader's close: nothing more is read, and writing fails.
func (h *half) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dead = true
	h.buffer = nil
	h.stopAlarm()
	h.changed.Broadcast()
}

// cut loses what was not read yet; the reader sees the end of the stream.
func (h *half) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buffer, h.broken = nil, true
	h.changed.Broadcast()
}

func (h *half) setDeadline(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead {
		return
	}
	h.deadline = t
	h.stopAlarm()
	if !t.IsZero() {
		h.alarm = time.AfterFunc(time.Until(t), h.changed.Broadcast)
	}
	h.changed.Broadcast()
}

func (h *half) stopAlarm() {
	if h.alarm != nil {
		h.alarm.Stop()
		h.alarm = nil
	}
}
