package minirabbit_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// Frames come as the client's buffers happen to end: byte by byte, or many at once.
func TestOverhearTellsMethodsHoweverTheirFramesAreCut(t *testing.T) {
	const methodClose, body = "\x01\x00\x01\x00\x00\x00\x0b\x00\x14\x00\x28\x00\xc8\x00\x00\x00\x00\x00\xce", "\x03\x00\x01\x00\x00\x00\x02hi\xce"
	sent := "AMQP\x00\x00\x09\x01" + methodClose + body + methodClose
	for _, size := range []int{1, 7, len(sent)} {
		var told [][2]uint16
		sink := &written{}
		conn := minirabbit.Overhear(sink, func(class, method uint16) { told = append(told, [2]uint16{class, method}) })
		for rest := []byte(sent); len(rest) > 0; rest = rest[min(size, len(rest)):] {
			_, err := conn.Write(rest[:min(size, len(rest))])
			require.NoError(t, err)
		}
		require.Equal(t, [][2]uint16{{20, 40}, {20, 40}}, told, "pieces of %d bytes", size)
		require.Equal(t, sent, string(sink.bytes), "what is handed on, pieces of %d bytes", size)
	}
}

// written keeps what is written.
type written struct {
	net.Conn
	bytes []byte
}

func (w *written) Write(p []byte) (int, error) {
	w.bytes = append(w.bytes, p...)
	return len(p), nil
}
