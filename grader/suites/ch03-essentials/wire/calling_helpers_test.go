package wire_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

// calling is a Client, with the suite as its server.
type calling struct {
	t      *check.T
	here   *end
	there  *end
	client *wire.Client
	tale   *story
	calls  int
}

// dial makes a client on a new line.
func dial(t *check.T, title string) *calling {
	c := &calling{t: t, tale: tell(t, title, "bank")}
	c.there, c.here = newLine(t)
	c.client = wire.NewClient(c.there)
	t.Cleanup(func() {
		c.client.Close()
		c.here.Close()
		c.there.Close()
		time.Sleep(24 * time.Hour)
	})
	return c
}

// call is a Call in a goroutine of its own.
type call struct {
	*calling
	name string // its lane
	req  wire.Request
	done chan struct{}
	resp wire.Response
	err  error
}

// call begins a Call. Each of them asks something else.
func (c *calling) call(ctx context.Context, req wire.Request) *call {
	c.calls++
	k := &call{calling: c, name: fmt.Sprintf("call %d", c.calls), req: req, done: make(chan struct{})}
	c.tale.add(event{rank: sending, lane: k.name, text: "Call " + say(req), cause: "request " + say(req)})
	go func() {
		defer close(k.done)
		k.resp, k.err = c.client.Call(ctx, req)
		c.tale.add(event{rank: returning, lane: k.name, text: "returns " + k.outcome(ctx), effect: "response " + k.outcome(ctx)})
	}()
	return k
}

// outcome is what a Call that has returned has brought.
func (k *call) outcome(ctx context.Context) string {
	switch {
	case k.err == nil:
		return reply(k.resp)
	case ctx.Err() != nil && errors.Is(k.err, ctx.Err()):
		return "its context's error"
	case errors.Is(k.err, wire.ErrTooLarge):
		return "ErrTooLarge"
	case errors.Is(k.err, wire.ErrMalformed):
		return "ErrMalformed"
	}
	return "an error"
}

// answers lets the suite answer requests: each of them takes this long, one after the other.
func (c *calling) answers(takes time.Duration) {
	go func() {
		for n := 1; ; n++ {
			req, err := c.hears()
			if err != nil {
				return
			}
			time.Sleep(takes)
			c.says(req, echo(req))
		}
	}()
}

// echo is the suite's answer to a request: what the request said.
func echo(req wire.Request) wire.Response { return values(append([]string{req.Op}, req.Params...)...) }

// hears waits for the next request.
func (c *calling) hears() (wire.Request, error) {
	payload, err := c.here.frame()
	if err != nil {
		return wire.Request{}, err
	}
	req, err := wire.DecodeRequest(payload)
	if err != nil {
		c.tale.add(event{rank: working, lane: "bank", text: "gets nonsense"})
		return wire.Request{}, err
	}
	c.tale.add(event{rank: working, lane: "bank", text: "gets " + say(req), effect: "request " + say(req)})
	return req, nil
}

// mustHear demands that the bank has got the request of a Call, and nothing else.
func (c *calling) mustHear(k *call) wire.Request {
	c.t.Helper()
	c.rest()
	got := c.here.frames()
	if len(got) != 1 || c.here.rest() > 0 {
		c.tale.fail("bank", "the bank must get one frame, with the request of %s; it got %d whole frames and %d other bytes", k.named(), len(got), c.here.rest())
	}
	req, err := wire.DecodeRequest(got[0].payload)
	if err != nil || !fits(echo(k.req), echo(req)) {
		c.tale.fail("bank", "the bank must get the request of %s; it got something else", k.named())
	}
	c.tale.add(event{at: got[0].at, rank: working, lane: "bank", text: "gets " + say(req), effect: "request " + say(req)})
	return req
}

// frame waits for the next frame.
func (e *end) frame() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(e, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > wire.MaxFrame {
		return nil, wire.ErrTooLarge
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(e, payload)
	return payload, err
}

// says answers a request.
func (c *calling) says(req wire.Request, resp wire.Response) {
	c.tale.add(event{rank: answering, lane: "bank", text: "answers " + say(req), cause: "response " + reply(resp)})
	c.here.feed(frame(wire.EncodeResponse(resp)))
}

// returned tells whether a Call has returned.
func (k *call) returned() bool { return isClosed(k.done) }

// mustGet demands this response.
func (k *call) mustGet(why string, want wire.Response) {
	k.t.Helper()
	switch {
	case !k.returned():
		k.tale.fail(k.name, "%s: %s must get\n%s; it has not returned", why, k.named(), reply(want))
	case k.err != nil:
		k.tale.fail(k.name, "%s: %s must get\n%s; it returned an error", why, k.named(), reply(want))
	case !fits(want, k.resp):
		k.tale.fail(k.name, "%s: %s must get\n%s; it got\n%s", why, k.named(), reply(want), reply(k.resp))
	}
}

// mustGetItsOwnOrFail demands the right response or an error.
func (k *call) mustGetItsOwnOrFail(why string) {
	k.t.Helper()
	switch {
	case !k.returned():
		k.tale.fail(k.name, "%s: %s must get its own response, or an error; it has not returned", why, k.named())
	case k.err == nil && !fits(echo(k.req), k.resp):
		k.tale.fail(k.name, "%s: %s must get its own response, or an error; it got\n%s", why, k.named(), reply(k.resp))
	}
}

// mustFail demands an error; want says which, if that is known.
func (k *call) mustFail(why string, want error) {
	k.t.Helper()
	switch {
	case !k.returned():
		k.tale.fail(k.name, "%s: %s must return an error; it still waits", why, k.named())
	case k.err == nil:
		k.tale.fail(k.name, "%s: %s must return an error; it returned\n%s", why, k.named(), reply(k.resp))
	case want != nil && !errors.Is(k.err, want):
		k.tale.fail(k.name, "%s: errors.Is must find %v in the error of %s; it does not", why, want, k.named())
	}
}

// mustLeave cancels the context of a Call that waits, and demands that the Call returns at once.
func (k *call) mustLeave(cancel context.CancelFunc, where string) {
	k.t.Helper()
	k.tale.add(event{rank: sending, lane: k.name, text: "context is cancelled"})
	cancel()
	k.rest()
	k.mustFail("its context has ended, while "+where, context.Canceled)
}

// named is how messages call a Call.
func (k *call) named() string { return fmt.Sprintf("%s (%s)", k.name, say(k.req)) }

// rest lets everybody come to where they wait, without letting time pass, but for what a frame takes on the line.
func (c *calling) rest() {
	time.Sleep(30 * writeTakes) // a large frame may be written in pieces
	synctest.Wait()
}
