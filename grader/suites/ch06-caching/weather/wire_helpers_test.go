package weather_test

import (
	"bytes"
	"net/http"
	"slices"
)

// wire is the way of an answer to the client. It does what that of net/http does, but keeps what is written to an answer that has
// no body, and lets a client be slow.
type wire struct {
	method string
	header http.Header
	sent   http.Header // what header was when the answer began
	code   int
	body   bytes.Buffer
	slow   chan struct{} // if there is one, the answer's beginning takes until it is closed
}

func newWire(method string) *wire { return &wire{method: method, header: http.Header{}} }

func (w *wire) Header() http.Header { return w.header }

func (w *wire) WriteHeader(code int) {
	if w.code != 0 || code < 200 {
		return
	}
	w.code, w.sent = code, http.Header{}
	for name, values := range w.header { // names may be written in any case
		for _, value := range slices.Clone(values) {
			w.sent.Add(name, value)
		}
	}
	if w.slow != nil {
		<-w.slow
	}
}

func (w *wire) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.code == http.StatusNotModified || w.code == http.StatusNoContent {
		w.body.Write(p)
		return 0, http.ErrBodyNotAllowed
	}
	if w.method != http.MethodHead {
		w.body.Write(p)
	}
	return len(p), nil
}

// finish is what net/http does when the handler has returned.
func (w *wire) finish() *wire {
	w.WriteHeader(http.StatusOK)
	return w
}
