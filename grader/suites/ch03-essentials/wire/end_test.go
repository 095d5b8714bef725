package wire_test

import (
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

// ends is how often a stream ends while requests wait. A select that finds both a request and the end chooses one by chance: a program
// that asks it must not get a grade by chance.
const ends = 20

func TestServeEndsWithItsConnection(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := serve(t, "A client that asks nothing")
		s.stops()
		s.mustEnd("the stream has ended", nil)

		for range ends {
			s = serve(t, "A client that ends its stream while it is served")
			s.send(request("deposit", "Ada", "20"), request("balance", "Ada"))
			s.passes(time.Minute)
			s.stops()
			s.mustAnswer("two requests were sent, and the stream has ended during the first", values("20"), values("20"))
			s.mustEnd("the stream has ended", nil)
		}

		s = serve(t, "A client that asks and ends its stream at once")
		s.send(request("deposit", "Ada", "20"), request("balance", "Ada"), request("deposit", "Ada", "5"))
		s.stops()
		s.mustAnswer("three requests were sent, and then the stream has ended", values("20"), values("20"), values("25"))
		s.mustEnd("the stream has ended", nil)

		for _, at := range []int{1, 4, 5} {
			s = serve(t, "A stream that ends inside a frame")
			s.send(request("deposit", "Ada", "3"))
			s.sendBytes(fmt.Sprintf("sends %d %s of a frame", at, plural(at, "byte")), frame(wire.EncodeRequest(request("deposit", "Ada", "20")))[:at])
			s.stops()
			s.mustAnswer("a deposit and the beginning of another frame were sent", values("3"))
			s.mustEnd(fmt.Sprintf("the stream has ended after %d %s of a frame", at, plural(at, "byte")), io.ErrUnexpectedEOF)
			s.mustHaveBegun(1)
		}
		mustSayWhatBroke(t)
		mustReadAsMuchAsFits(t)
	})
}

// mustSayWhatBroke lets the connection fail, once on each side.
func mustSayWhatBroke(t *check.T) {
	t.Helper()
	s := serve(t, "A connection that cannot be read any more")
	s.send(request("deposit", "Ada", "3"))
	s.ends("the connection breaks", errLine)
	s.mustEnd("a Read of the connection has failed", errLine)

	for range ends {
		s = serveOn(t, "A connection that cannot be written to", func(there *end) { there.deaf = errLine })
		s.send(request("deposit", "Ada", "1"), request("deposit", "Ada", "2"), request("deposit", "Ada", "3"), request("deposit", "Ada", "4"))
		s.mustEnd("a Write of the connection has failed", errLine)
		if begun, _, _ := s.bank.seen(); begun > 2 {
			s.tale.fail(server, "the first response cannot be written; the second operation may have begun meanwhile, but no others; more than two have begun")
		}
	}
}

// mustReadAsMuchAsFits demands that the largest request that fits into a frame is served, and that what is larger ends Serve.
func mustReadAsMuchAsFits(t *check.T) {
	t.Helper()
	long := longest(func(text string) wire.Request { return request("measure", text) }, "x", wire.MaxFrame)
	s := serve(t, "The largest request that fits")
	s.send(request("measure", long), request("hello"))
	s.mustAnswer("a request whose encoding just fits into MaxFrame, and another one, were sent", values(strconv.Itoa(len(long))), values("hello"))

	for _, length := range []uint32{wire.MaxFrame + 1, 1<<32 - 1} {
		s = serve(t, "A frame that is too large")
		s.send(request("deposit", "Ada", "3"))
		s.sendBytes(fmt.Sprintf("announces %d bytes", length), header(length))
		s.mustEnd(fmt.Sprintf("a payload of %d bytes was announced", length), wire.ErrTooLarge)
		s.mustHaveBegun(1)
	}
}
