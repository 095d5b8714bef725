package minirabbit_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// Frames come as the client's buffers happen to end: byte by byte, or many at once.
func TestOverhearTellsMethodsHoweverTheirFramesAreCut(t *testing.T) {
	const methodClose, body = "\x01\x00\x01\x00\x00\x00\x0b\x00\x14\x00\x28\x00\xc8\x00\x00\x00\x00\x00\xce", "\x03\x00\x01\x00\x00\x00\x02hi\xce"
	const frames = methodClose + body + methodClose
	two := [][2]uint16{{20, 40}, {20, 40}}
	for _, size := range []int{1, 7, len(frames)} {
		var sent, received [][2]uint16
		ear := func(heard *[][2]uint16) minirabbit.Ear {
			return func(class, method uint16) { *heard = append(*heard, [2]uint16{class, method}) }
		}
		sink := &ends{input: strings.NewReader(frames)}
		conn := minirabbit.Overhear(sink, ear(&sent), ear(&received))

		out := "AMQP\x00\x00\x09\x01" + frames
		for rest := []byte(out); len(rest) > 0; rest = rest[min(size, len(rest)):] {
			_, err := conn.Write(rest[:min(size, len(rest))])
			require.NoError(t, err)
		}
		require.Equal(t, two, sent, "sent in pieces of %d bytes", size)
		require.Equal(t, out, string(sink.output), "what is handed on, pieces of %d bytes", size)

		in, err := io.ReadAll(inPieces{conn, size})
		require.NoError(t, err)
		require.Equal(t, two, received, "received in pieces of %d bytes", size)
		require.Equal(t, frames, string(in), "what is read, pieces of %d bytes", size)
	}
}

// inPieces reads at most so many bytes at a time.
type inPieces struct {
	from io.Reader
	size int
}

func (r inPieces) Read(p []byte) (int, error) { return r.from.Read(p[:min(r.size, len(p))]) }

// ends keeps what is written and has something to read.
type ends struct {
	net.Conn
	output []byte
	input  io.Reader
}

func (e *ends) Write(p []byte) (int, error) {
	e.output = append(e.output, p...)
	return len(p), nil
}

func (e *ends) Read(p []byte) (int, error) { return e.input.Read(p) }
