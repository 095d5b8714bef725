package wire_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

func TestEachCallGetsItsOwnResponse(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		c := dial(t, "One call after the other")
		c.answers(time.Minute)
		for _, who := range []string{"Ada", "Ben", "Eve"} {
			ctx, cancel := context.WithCancel(t.Context())
			k := c.call(ctx, request("balance", who))
			time.Sleep(time.Hour)
			k.mustGet("the bank has answered", echo(k.req))
			cancel() // as callers do; it does no harm to the next
			c.rest()
		}

		c = dial(t, "A refusal is a response")
		k := c.call(context.Background(), request("balance", "Eve")) // it never ends
		c.says(c.mustHear(k), refusal("no such account"))
		c.rest()
		k.mustGet("the bank has refused", refusal("no such account"))

		mustNotMixUp(t)
		mustNotGetWhatIsLate(t)
		mustRefuseToSend(t)
	})
}

// mustNotMixUp lets several call at once.
func mustNotMixUp(t *check.T) {
	t.Helper()
	c := dial(t, "Several calls at once")
	c.answers(time.Minute)
	var calls []*call
	for _, who := range []string{"Ada", "Ben", "Eve"} {
		calls = append(calls, c.call(t.Context(), request("balance", who)))
		time.Sleep(writeTakes / 2)
	}
	time.Sleep(time.Hour)
	for _, k := range calls {
		k.mustGet("several calls at once, and the bank has answered all that it got", echo(k.req))
	}
}

// mustNotGetWhatIsLate gives up a call whose response comes later.
func mustNotGetWhatIsLate(t *check.T) {
	t.Helper()
	c := dial(t, "A response that comes too late")
	c.answers(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	late := c.call(ctx, request("balance", "Ada"))
	time.Sleep(time.Minute)
	waiting := c.call(t.Context(), request("balance", "Ben"))
	time.Sleep(time.Minute)
	late.mustLeave(cancel, "the bank has not answered yet")
	time.Sleep(time.Minute)
	after := c.call(t.Context(), request("balance", "Eve"))
	time.Sleep(24 * time.Hour)
	waiting.mustGetItsOwnOrFail("another call was given up meanwhile")
	after.mustGetItsOwnOrFail("another call was given up before")
	last := c.call(t.Context(), request("balance", "Ian"))
	time.Sleep(24 * time.Hour)
	last.mustGetItsOwnOrFail("another call was given up long ago")
}

// mustRefuseToSend asks for the largest request that fits into a frame, and for one that does not.
func mustRefuseToSend(t *check.T) {
	t.Helper()
	note := func(text string) wire.Request { return request("note", text) }
	fits := longest(note, "x", wire.MaxFrame)
	c := dial(t, "A request that is too large")
	c.answers(time.Minute)
	k := c.call(t.Context(), note(fits+"x"))
	time.Sleep(time.Hour)
	if c.here.heard() {
		k.tale.fail("bank", "the encoding of %s is longer than MaxFrame; nothing of it may be sent, but something was", k.named())
	}
	k.mustFail("the encoding of the request is longer than MaxFrame", wire.ErrTooLarge)
	k = c.call(t.Context(), request("balance", "Ada"))
	time.Sleep(time.Hour)
	k.mustGet("a request that was too large was refused before", echo(k.req))

	c = dial(t, "The largest request that fits")
	k = c.call(t.Context(), note(fits))
	c.says(c.mustHear(k), values("noted"))
	c.rest()
	k.mustGet("the request just fits into MaxFrame", values("noted"))
}

func TestNoCallWaitsInVain(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for range ends {
			mustNotBegin(t)
		}
		mustLeave(t, "the bank does not answer", false)
		mustLeave(t, "the line takes no bytes", true)
		mustHearOfTheEnd(t)
		mustSeeThatItIsNoResponse(t)
		mustClose(t)
	})
}

// mustNotBegin makes a call with a context that has ended.
func mustNotBegin(t *check.T) {
	t.Helper()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	c := dial(t, "A context that has ended before the call")
	c.answers(time.Minute)
	k := c.call(ended, request("balance", "Ada"))
	time.Sleep(time.Hour)
	if c.here.heard() {
		k.tale.fail("bank", "the context of %s had ended before; nothing may be sent then, but something was", k.named())
	}
	k.mustFail("its context had ended before", context.Canceled)
}

// aWhile ends at a moment at which nobody looks who polls now and then.
const aWhile = time.Minute + 37*time.Millisecond

// mustLeave cancels calls that wait.
func mustLeave(t *check.T, where string, jammed bool) {
	t.Helper()
	c := dial(t, "Calls that are given up while "+where)
	c.there.jammed = jammed
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := c.call(ctx, request("balance", "Ada"))
	time.Sleep(time.Minute)
	ctx2, cancel2 := context.WithCancel(t.Context())
	defer cancel2()
	second := c.call(ctx2, request("balance", "Ben"))
	time.Sleep(aWhile)
	second.mustLeave(cancel2, where)
	if !first.returned() { // it may have failed when the other one was given up
		first.mustLeave(cancel, where)
	}

	c = dial(t, "A context with a deadline, while "+where)
	c.there.jammed = jammed
	ctx3, cancel3 := context.WithTimeout(t.Context(), aWhile)
	defer cancel3()
	k := c.call(ctx3, request("balance", "Ada"))
	time.Sleep(aWhile)
	c.rest()
	k.mustFail("the deadline of its context has passed, while "+where, context.DeadlineExceeded)
}

// mustHearOfTheEnd ends the connection before the response is there.
func mustHearOfTheEnd(t *check.T) {
	t.Helper()
	whole := frame(wire.EncodeResponse(values("20")))
	for _, end := range []error{io.EOF, errLine} {
		for _, at := range []int{0, 2, 4, len(whole) - 1} {
			c := dial(t, "A connection that ends before the response")
			k := c.call(t.Context(), request("balance", "Ada"))
			c.mustHear(k)
			c.tale.add(event{rank: answering, lane: "bank", text: fmt.Sprintf("sends %d of %d bytes of the response, and goes", at, len(whole))})
			c.here.feedLast(whole[:at], end)
			c.rest()
			k.mustFail("the connection has ended before the response was there", nil)
			k = c.call(t.Context(), request("balance", "Ben"))
			c.rest()
			k.mustFail("the connection had ended before", nil)
		}
	}
	c := dial(t, "A connection that cannot be written to")
	c.there.deaf = errLine
	k := c.call(t.Context(), request("balance", "Ada"))
	c.rest()
	k.mustFail("a Write of the connection has failed", nil)
}

// mustSeeThatItIsNoResponse answers with what is none.
func mustSeeThatItIsNoResponse(t *check.T) {
	t.Helper()
	cut := wire.EncodeResponse(values("20"))
	for _, bad := range []struct {
		what  string
		bytes []byte
		want  error
	}{
		{"with an empty payload", frame(nil), wire.ErrMalformed},
		{"with an encoding without its last byte", frame(cut[:len(cut)-1]), wire.ErrMalformed},
		{"with a payload that is too large", header(wire.MaxFrame + 1), wire.ErrTooLarge},
		{"with a payload that is much too large", header(1<<32 - 1), wire.ErrTooLarge},
	} {
		c := dial(t, "A response that is none")
		k := c.call(t.Context(), request("balance", "Ada"))
		c.mustHear(k)
		c.tale.add(event{rank: answering, lane: "bank", text: "answers " + bad.what})
		c.here.feed(bad.bytes)
		c.rest()
		k.mustFail("the bank has answered "+bad.what, bad.want)
	}
}

// mustClose closes the client while calls wait.
func mustClose(t *check.T) {
	t.Helper()
	c := dial(t, "A client that is closed")
	first := c.call(t.Context(), request("balance", "Ada"))
	time.Sleep(time.Minute)
	second := c.call(t.Context(), request("balance", "Ben"))
	time.Sleep(time.Minute)
	c.tale.add(event{rank: sending, lane: "owner", text: "Close"})
	closed := make(chan error, 1)
	go func() { closed <- c.client.Close() }()
	c.rest()
	if len(closed) == 0 {
		c.tale.fail("owner", "two calls wait; Close must close the connection, but it waits, too")
	}
	first.mustFail("the client was closed", nil)
	second.mustFail("the client was closed", nil)
	if !c.here.isOver() {
		c.tale.fail("owner", "the client was closed, but its connection was not")
	}
	k := c.call(t.Context(), request("balance", "Eve"))
	c.rest()
	k.mustFail("the client had been closed before", nil)
}
