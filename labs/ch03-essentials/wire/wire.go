package wire

import (
	"context"
	"io"
	"net"

	"scalelab/pkg/lab"
)

// WriteFrame writes the length of payload as 4 bytes, the most significant one first, and then payload. It returns nil only if w has
// taken all of it.
func WriteFrame(w io.Writer, payload []byte) error {
	panic(lab.NotImplemented("wire", "WriteFrame"))
}

// ReadFrame returns the payload of the next frame of r, and takes no byte behind it.
//
// Its errors are ErrTooLarge if the payload is longer than max, io.EOF at the end of the stream, io.ErrUnexpectedEOF if the stream ends
// inside a frame, and any other error of r.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	panic(lab.NotImplemented("wire", "ReadFrame"))
}

// EncodeRequest returns the payload that carries req. Any bytes may occur in its strings.
func EncodeRequest(req Request) []byte {
	panic(lab.NotImplemented("wire", "EncodeRequest"))
}

// DecodeRequest returns the request that payload carries, or ErrMalformed. It never panics.
func DecodeRequest(payload []byte) (Request, error) {
	panic(lab.NotImplemented("wire", "DecodeRequest"))
}

// EncodeResponse returns the payload that carries resp. Any bytes may occur in its strings.
func EncodeResponse(resp Response) []byte {
	panic(lab.NotImplemented("wire", "EncodeResponse"))
}

// DecodeResponse returns the response that payload carries, or ErrMalformed. It never panics.
func DecodeResponse(payload []byte) (Response, error) {
	panic(lab.NotImplemented("wire", "DecodeResponse"))
}

// Serve carries out the requests that come over conn, one after the other, and answers each. It closes conn when it returns: with nil
// at the end of the stream, ErrMalformed after a payload that is no request (which it answers first), ErrTooLarge, or the error of
// conn.
func Serve(conn net.Conn, ops Operations) error {
	panic(lab.NotImplemented("wire", "Serve"))
}

// Client sends requests over one connection. It is safe for concurrent use.
type Client struct{}

// NewClient returns a client that has conn for itself.
func NewClient(conn net.Conn) *Client {
	panic(lab.NotImplemented("wire", "NewClient"))
}

// Call sends req and returns the response to it. Its error is nil if a response came, whatever the response says. As soon as ctx ends,
// Call returns its error.
func (c *Client) Call(ctx context.Context, req Request) (Response, error) {
	panic(lab.NotImplemented("wire", "Call"))
}

// Close closes the connection. Calls that wait, and later ones, return an error.
func (c *Client) Close() error {
	panic(lab.NotImplemented("wire", "Close"))
}
