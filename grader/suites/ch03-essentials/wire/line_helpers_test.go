package wire_test

import (
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"scalelab/pkg/check"
)

// writeTakes is how long a Write of the subject takes, in virtual time. So a frame that is written in two parts has a gap, into which
// somebody else may write.
const writeTakes = time.Millisecond

// end is one end of a line: a connection in memory that holds any number of bytes in each direction. Bytes that come while several
// goroutines wait for them go to the one that has come last, which is as right as any other and the same in every run.
type end struct {
	t      *check.T
	peer   *end
	closed chan struct{}
	once   sync.Once

	jammed bool  // Writes wait until the end is closed
	deaf   error // if not nil, what Writes return

	readBy, writeBy *deadline

	mu      sync.Mutex
	came    int // bytes so far
	bytes   []byte
	arrived []time.Time // of each of the bytes
	over    error       // if not nil, what comes after the bytes
	waiting []*reader
	failed  int // Reads that have returned an error
}

// reader is a Read that waits. Whoever finds something for it fills in the rest and closes done.
type reader struct {
	p    []byte
	n    int
	err  error
	done chan struct{}
}

// newLine returns the subject's end of a line and the suite's.
func newLine(t *check.T) (there, here *end) {
	there, here = newEnd(t), newEnd(t)
	there.peer, here.peer = here, there
	return there, here
}

func newEnd(t *check.T) *end {
	return &end{t: t, closed: make(chan struct{}), readBy: newDeadline(), writeBy: newDeadline()}
}

// Read makes an end a net.Conn.
func (e *end) Read(p []byte) (int, error) {
	r := &reader{p: p, done: make(chan struct{})}
	e.enqueue(r)
	select {
	case <-r.done:
	case <-e.closed:
		e.giveUp(r, net.ErrClosed)
	case <-e.readBy.passed():
		e.giveUp(r, os.ErrDeadlineExceeded)
	}
	if r.err != nil {
		e.count()
	}
	return r.n, r.err
}

func (e *end) enqueue(r *reader) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case isClosed(e.closed):
		r.err = net.ErrClosed
	case isClosed(e.readBy.passed()):
		r.err = os.ErrDeadlineExceeded
	case len(r.p) == 0:
	case len(e.bytes) > 0:
		e.serve(r)
	case e.over != nil:
		r.err = e.over
	default:
		e.waiting = append(e.waiting, r)
		return
	}
	close(r.done)
}

// serve gives r what there is.
func (e *end) serve(r *reader) {
	r.n = copy(r.p, e.bytes)
	e.bytes, e.arrived = e.bytes[r.n:], e.arrived[r.n:]
}

// giveUp ends a Read that waits, unless something has come for it at the last moment.
func (e *end) giveUp(r *reader, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if at := slices.Index(e.waiting, r); at >= 0 {
		e.waiting = slices.Delete(e.waiting, at, at+1)
		r.err = err
	}
}

// count ends the check when somebody reads again and again what has come to its end.
func (e *end) count() {
	e.mu.Lock()
	e.failed++
	tooOften := e.failed > patience
	e.mu.Unlock()
	if tooOften {
		check.Cause(e.t, check.Livelock)
		e.t.Fatalf("the connection has come to its end, and is read again and again")
	}
}

// take lets bytes arrive, and then the end, if over is not nil; both at once, so that no reader comes between them.
func (e *end) take(p []byte, over error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.came += len(p)
	e.bytes = append(e.bytes, p...)
	for range p {
		e.arrived = append(e.arrived, time.Now())
	}
	if last := len(e.waiting) - 1; last >= 0 && len(p) > 0 {
		r := e.waiting[last]
		e.waiting = e.waiting[:last]
		e.serve(r)
		close(r.done)
	}
	if over == nil || e.over != nil {
		return
	}
	e.over = over
	for _, r := range e.waiting {
		r.err = over
		close(r.done)
	}
	e.waiting = nil
}

// Write makes an end a net.Conn.
func (e *end) Write(p []byte) (int, error) {
	taken := time.After(writeTakes)
	if e.jammed {
		taken = nil
	}
	if isClosed(e.closed) {
		return 0, net.ErrClosed
	}
	select {
	case <-e.closed:
		return 0, net.ErrClosed
	case <-e.writeBy.passed():
		return 0, os.ErrDeadlineExceeded
	case <-taken:
	}
	switch {
	case e.deaf != nil:
		return 0, e.deaf
	case isClosed(e.peer.closed):
		return 0, io.ErrClosedPipe
	}
	e.peer.take(p, nil)
	return len(p), nil
}

// Close makes an end a net.Conn.
func (e *end) Close() error {
	err := net.ErrClosed
	e.once.Do(func() {
		close(e.closed)
		e.peer.take(nil, io.EOF)
		err = nil
	})
	return err
}

func (e *end) SetDeadline(at time.Time) error      { e.writeBy.set(at); e.readBy.set(at); return nil }
func (e *end) SetReadDeadline(at time.Time) error  { e.readBy.set(at); return nil }
func (e *end) SetWriteDeadline(at time.Time) error { e.writeBy.set(at); return nil }
func (e *end) LocalAddr() net.Addr                 { return place("here") }
func (e *end) RemoteAddr() net.Addr                { return place("there") }

// place is the address of an end.
type place string

func (place) Network() string  { return "line" }
func (p place) String() string { return string(p) }
