package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzFrame: whatever arrives, the reader answers with a frame or an error that it should, and what it decodes
// survives the way out and in again.
func FuzzFrame(f *testing.F) {
	f.Add(AppendMethod(nil, 1, &BasicPublish{Exchange: "x", RoutingKey: "k", Mandatory: true}))
	f.Add(AppendMethod(nil, 0, &ConnectionStartOk{ClientProperties: everyType(), Mechanism: "PLAIN", Response: "\x00a\x00b"}))
	f.Add(AppendContent(nil, 3, &Properties{Headers: everyType(), Flags: FlagHeaders}, []byte("body"), MinFrameMax))
	f.Add(AppendHeartbeat(nil))
	f.Add([]byte{1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		for {
			frame, err := ReadFrame(r, MinFrameMax)
			if err != nil {
				requireDecent(t, err)
				return
			}
			require.LessOrEqual(t, len(frame.Payload), MinFrameMax-frameOverhead)
			decodeFrame(t, frame)
		}
	})
}

func decodeFrame(t *testing.T, f Frame) {
	switch f.Type {
	case FrameMethod:
		m, err := DecodeMethod(f.Payload)
		if err != nil {
			requireDecent(t, err)
			return
		}
		again, err := DecodeMethod(EncodeMethod(m))
		require.NoError(t, err)
		require.Equal(t, EncodeMethod(m), EncodeMethod(again))
	case FrameHeader:
		h, err := DecodeContentHeader(f.Payload)
		if err != nil {
			requireDecent(t, err)
			return
		}
		out := AppendContent(nil, 1, &h.Properties, nil, MinFrameMax)
		header, err := ReadFrame(bytes.NewReader(out), 1<<20)
		require.NoError(t, err)
		again, err := DecodeContentHeader(header.Payload)
		require.NoError(t, err)
		require.Equal(t, out, AppendContent(nil, 1, &again.Properties, nil, MinFrameMax))
	}
}

// FuzzTable: a table that can be decoded is the same after encoding and decoding.
func FuzzTable(f *testing.F) {
	body, err := appendTable(nil, everyType())
	require.NoError(f, err)
	f.Add(body[4:])
	f.Add([]byte("\x01aA\x00\x00\x00\x05A\x00\x00\x00\x00"))
	f.Add([]byte("\x01aS\xFF\xFF\xFF\xFF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := DecodeTableBody(data)
		if err != nil {
			requireDecent(t, err)
			return
		}
		encoded, err := appendTable(nil, table)
		require.NoError(t, err)
		again, err := DecodeTableBody(encoded[4:])
		require.NoError(t, err)
		twice, err := appendTable(nil, again)
		require.NoError(t, err)
		require.Equal(t, encoded, twice)
	})
}

// requireDecent: the network's errors are its own, the protocol's have a code to close with.
func requireDecent(t *testing.T, err error) {
	t.Helper()
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return
	}
	var broken *Error
	require.ErrorAs(t, err, &broken)
	require.Contains(t, []uint16{FrameError, SyntaxError, CommandInvalid}, broken.Code)
	require.LessOrEqual(t, len(broken.Text), 255)
}
