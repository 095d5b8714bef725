package wire_test

import (
	"sort"
	"strconv"
	"strings"
	"testing"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

func TestRequestsAreAnsweredInOrder(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := serve(t, "A client that waits for each response")
		for i := range 3 {
			s.send(request("deposit", "Ada", "10"))
			s.mustAnswer("one request was sent", values(strconv.Itoa(10*(i+1))))
		}
		s.mustHaveBegun(3)

		s = serve(t, "A client that does not wait")
		s.send(request("deposit", "Ada", "20"), request("balance", "Ada"), request("deposit", "Ada", "5"), request("balance", "Ada"))
		s.mustAnswer("four requests were sent in one go", values("20"), values("20"), values("25"), values("25"))
		s.mustHaveBegun(4)

		s = serve(t, "A slow line")
		s.sendSlowly(request("deposit", "Ada", "1"), request("hello"), request("balance", "Ada"))
		s.mustAnswer("three requests were sent byte by byte", values("1"), values("hello"), values("1"))
		s.mustHaveBegun(3)
	})
}

// mustHaveBegun demands so many operations so far, one after the other.
func (s *serving) mustHaveBegun(want int) {
	s.t.Helper()
	begun, overlap, _ := s.bank.seen()
	if overlap {
		s.tale.fail(server, "an operation began before the one before it had returned; Serve must carry out one after the other")
	}
	if begun != want {
		s.tale.fail(server, "operations that must have been carried out by now: %d; it was %d", want, begun)
	}
}

func TestABadRequestIsAnswered(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		long := longest(func(name string) wire.Request { return request(name) }, "\x00", 20_000)
		for _, bad := range []struct {
			what string
			req  wire.Request
			want string
			does bool // the operation is carried out
		}{
			{"an unknown operation", request("withdraw", "Ada", "20"), some, false},
			{"an operation without a name", request(""), some, false},
			{"too few parameters", request("deposit", "Ada"), some, false},
			{"no parameters where one is needed", request("balance"), some, false},
			{"too many parameters", request("balance", "Ada", "Ben"), some, false},
			{"a parameter where none is needed", request("hello", "x"), some, false},
			{"an operation that fails", request("balance", "Eve"), errNoAccount.Error(), true},
			{"an operation that returns an error and a value", request("lament", "woe", "2"), "woewoe", true},
			{"an operation whose value is too large", request("repeat", "long", "20000"), some, true},
			{"an operation whose error is too large", request("lament", "long", "20000"), some, true},
			{"an unknown operation with a long name", request(long), some, false},
		} {
			begun := 1
			if bad.does {
				begun = 2
			}
			s := serve(t, "A bad request, and then a good one")
			s.send(bad.req)
			s.mustAnswer("the request was "+bad.what, refusal(bad.want))
			s.send(request("deposit", "Ada", "5"))
			s.mustAnswer("a good request was sent after "+bad.what, values("5"))
			s.mustHaveBegun(begun)

			s = serve(t, "A bad request among good ones")
			s.send(request("deposit", "Ada", "7"), bad.req, request("deposit", "Ada", "5"))
			s.mustAnswer("three requests were sent in one go, the second one being "+bad.what, values("7"), refusal(bad.want), values("12"))
			s.mustHaveBegun(begun + 1)
		}
		mustSendAsMuchAsFits(t)
	})
}

// mustSendAsMuchAsFits demands that the largest response that fits into a frame is sent, and that the next larger one is not.
func mustSendAsMuchAsFits(t *check.T) {
	t.Helper()
	most := sort.Search(wire.MaxFrame, func(n int) bool {
		return len(wire.EncodeResponse(values(strings.Repeat("x", n+1)))) > wire.MaxFrame
	})
	s := serve(t, "The largest response that fits")
	s.send(request("repeat", "x", strconv.Itoa(most)), request("repeat", "x", strconv.Itoa(most+1)), request("hello"))
	s.mustAnswer("responses that just fit into MaxFrame, and that just do not, were asked for",
		values(strings.Repeat("x", most)), refusal(some), values("hello"))
}

func TestAMalformedPayloadEndsTheConnection(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		cut := wire.EncodeRequest(request("deposit", "Ada", "20"))
		for _, payload := range [][]byte{nil, cut[:len(cut)-1]} {
			what := "an empty payload"
			if len(payload) > 0 {
				what = "an encoding without its last byte"
			}
			s := serve(t, "A payload that is no request")
			s.sendBytes("sends "+what, frame(payload))
			s.mustAnswer("the client has sent "+what, refusal(some))
			s.mustEnd("the client has sent "+what, wire.ErrMalformed)
			s.mustHaveBegun(0)

			s = serve(t, "A payload that is no request, among others")
			s.send(request("deposit", "Ada", "3"))
			s.sendBytes("sends "+what, frame(payload))
			s.send(request("deposit", "Ada", "5"))
			s.mustAnswer("the client has sent a deposit, "+what+", and another deposit", values("3"), refusal(some))
			s.mustEnd("the client has sent "+what, wire.ErrMalformed)
			s.mustHaveBegun(1)
		}
	})
}
