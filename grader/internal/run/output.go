package run

import (
	"bytes"
	"sync"
)

// bounded keeps the first limit bytes of a process's output and says when there were more.
type bounded struct {
	mu       sync.Mutex
	buf      bytes.Buffer
	limit    int
	overflow chan struct{} // closed at the first byte too many
	full     bool
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	room := b.limit - b.buf.Len()
	b.buf.Write(p[:min(len(p), room)])
	if len(p) > room && !b.full {
		b.full = true
		close(b.overflow)
	}
	return len(p), nil
}

// overflowed tells whether there were more.
func (b *bounded) overflowed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.full
}

func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
