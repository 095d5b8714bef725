package wire_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/wire"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch03-essentials/wire
//
// They go layer by layer, as the README does. Serve and Client run on a real TCP connection inside your machine.

func TestAFrameIsALengthAndAPayload(t *testing.T) {
	var stream bytes.Buffer
	require.NoError(t, wire.WriteFrame(&stream, []byte("snow")))
	require.Equal(t, []byte{0, 0, 0, 4, 's', 'n', 'o', 'w'}, stream.Bytes())
}

func TestTwoFramesThatComeByteByByte(t *testing.T) {
	stream := "\x00\x00\x00\x04snow\x00\x00\x00\x02ok"
	r := iotest.OneByteReader(strings.NewReader(stream))
	for _, want := range []string{"snow", "ok"} {
		payload, err := wire.ReadFrame(r, 100)
		require.NoError(t, err)
		require.Equal(t, want, string(payload))
	}
	_, err := wire.ReadFrame(r, 100)
	require.ErrorIs(t, err, io.EOF, "the stream ends between two frames")
}

func TestTooLargeOrTooShort(t *testing.T) {
	_, err := wire.ReadFrame(strings.NewReader("\xff\xff\xff\xffnoise"), 100)
	require.ErrorIs(t, err, wire.ErrTooLarge, "a modem announces four billion bytes")
	_, err = wire.ReadFrame(strings.NewReader("\x00\x00\x00\x04sn"), 100)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "the stream ends inside a frame")
}

func TestWhatWasEncodedIsDecodedAgain(t *testing.T) {
	for _, req := range []wire.Request{
		{Op: "balance", Params: []string{"Ada"}},
		{Op: "deposit", Params: []string{"Smith and Co, deposit", "20"}},
		{Op: "note", Params: []string{"a\nb\x00c|d,e\"f\\g", "", "\xff"}},
	} {
		got, err := wire.DecodeRequest(wire.EncodeRequest(req))
		require.NoError(t, err)
		require.Equal(t, req, got)
	}
	for _, resp := range []wire.Response{{Values: []string{"20"}}, {Err: "no such account: \"Eve\""}} {
		got, err := wire.DecodeResponse(wire.EncodeResponse(resp))
		require.NoError(t, err)
		require.Equal(t, resp.Err, got.Err)
		require.Equal(t, strings.Join(resp.Values, "+"), strings.Join(got.Values, "+"))
	}
}

func TestAnEmptyPayloadIsMalformed(t *testing.T) {
	_, err := wire.DecodeRequest(nil)
	require.ErrorIs(t, err, wire.ErrMalformed)
	_, err = wire.DecodeResponse(nil)
	require.ErrorIs(t, err, wire.ErrMalformed)
}

// bank is a bank with one account.
func bank() wire.Operations {
	balance := 0
	return wire.Operations{
		"balance": {Params: 0, Do: func([]string) ([]string, error) { return []string{strconv.Itoa(balance)}, nil }},
		"deposit": {Params: 1, Do: func(params []string) ([]string, error) {
			amount, err := strconv.Atoi(params[0])
			if err != nil {
				return nil, errors.New("no amount: " + params[0])
			}
			balance += amount
			return []string{strconv.Itoa(balance)}, nil
		}},
	}
}

// connect returns both ends of a TCP connection. Whoever waits for more than ten seconds gets an error.
func connect(t *testing.T) (client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	client, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	server, err = listener.Accept()
	require.NoError(t, err)
	for _, conn := range []net.Conn{client, server} {
		require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		t.Cleanup(func() { conn.Close() })
	}
	return client, server
}

func TestABankServesItsClient(t *testing.T) {
	conn, theirs := connect(t)
	served := make(chan error, 1)
	go func() { served <- wire.Serve(theirs, bank()) }()
	client := wire.NewClient(conn)
	for _, want := range []string{"20", "40"} {
		resp, err := client.Call(t.Context(), wire.Request{Op: "deposit", Params: []string{"20"}})
		require.NoError(t, err)
		require.Equal(t, wire.Response{Values: []string{want}}, resp)
	}
	for _, bad := range []wire.Request{{Op: "rob"}, {Op: "deposit"}, {Op: "deposit", Params: []string{"a lot"}}} {
		resp, err := client.Call(t.Context(), bad)
		require.NoError(t, err, "the bank refuses in a response; the line is fine")
		require.NotEmpty(t, resp.Err)
	}
	resp, err := client.Call(t.Context(), wire.Request{Op: "balance"})
	require.NoError(t, err)
	require.Equal(t, []string{"40"}, resp.Values, "after three bad requests")
	require.NoError(t, client.Close())
	require.NoError(t, <-served, "the stream has ended between two frames")
}

func TestACallThatIsGivenUpReturns(t *testing.T) {
	conn, _ := connect(t) // nobody serves at the other end
	client := wire.NewClient(conn)
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := client.Call(ctx, wire.Request{Op: "balance"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
