package wire_test

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

// The lanes of what Serve is judged by.
const (
	client = "client"
	server = "Serve"
)

// errNoAccount is what the suite's bank refuses with.
var errNoAccount = errors.New("no such account")

// serving is a Serve in a goroutine of its own, with the suite as its client.
type serving struct {
	t     *check.T
	here  *end
	there *end
	bank  *bank
	tale  *story
	burst []byte // what was sent, and not delivered yet
	last  error  // what comes after it, if the client has nothing more to say
	done  chan struct{}
	err   error
}

// serve lets Serve serve a new bank over a new line.
func serve(t *check.T, title string) *serving { return serveOn(t, title, func(*end) {}) }

// serveOn is serve on a line with something wrong with it.
func serveOn(t *check.T, title string, prepare func(there *end)) *serving {
	s := &serving{t: t, done: make(chan struct{}), tale: tell(t, title, client, server)}
	s.bank = &bank{tale: s.tale, balance: map[string]int{"Ada": 0}}
	s.there, s.here = newLine(t)
	prepare(s.there)
	t.Cleanup(func() {
		s.here.Close()
		s.there.Close()
		time.Sleep(24 * time.Hour) // until all operations have ended
	})
	go func() {
		defer close(s.done)
		s.err = wire.Serve(s.there, s.bank.operations())
	}()
	synctest.Wait() // it waits for a request
	return s
}

// send sends requests in one go.
func (s *serving) send(requests ...wire.Request) {
	var burst []byte
	for _, req := range requests {
		burst = append(burst, frame(wire.EncodeRequest(req))...)
	}
	s.sendBytes(fmt.Sprintf("sends %s", all(requests)), burst)
}

func (s *serving) sendBytes(text string, p []byte) {
	s.tale.add(event{rank: sending, lane: client, text: text, to: server, then: "has it"})
	s.burst = append(s.burst, p...)
}

// stops says that the client has nothing more to ask.
func (s *serving) stops() { s.ends("ends the stream", io.EOF) }

func (s *serving) ends(text string, err error) {
	s.tale.add(event{rank: sending, lane: client, text: text, to: server, then: "has it"})
	s.last = err
}

// sendSlowly sends requests byte by byte.
func (s *serving) sendSlowly(requests ...wire.Request) {
	for _, req := range requests {
		s.tale.add(event{rank: sending, lane: client, text: "sends " + say(req) + ", byte by byte"})
		for _, b := range frame(wire.EncodeRequest(req)) {
			s.here.feed([]byte{b})
			time.Sleep(time.Second)
		}
	}
}

// rest delivers, at once, all that was sent since the last rest, and lets everybody come to rest who can.
func (s *serving) rest() { s.passes(time.Hour) }

// passes is rest for some time only: an operation may still be at work.
func (s *serving) passes(d time.Duration) {
	s.here.feedLast(s.burst, s.last)
	s.burst, s.last = nil, nil
	time.Sleep(d)
	synctest.Wait()
}

// mustAnswer demands that these responses have come, in this order, and no others. why says what has been asked.
func (s *serving) mustAnswer(why string, want ...wire.Response) {
	s.t.Helper()
	s.rest()
	if _, _, misused := s.bank.seen(); misused != "" {
		s.tale.fail(server, "%s: %s", why, misused)
	}
	got := s.here.frames()
	for i, a := range got {
		resp, err := wire.DecodeResponse(a.payload)
		text := reply(resp)
		if err != nil {
			text = "a payload that is no response"
		}
		s.tale.add(event{at: a.at, rank: answering, lane: server, text: "answers", to: client, then: "gets " + text})
		switch {
		case i >= len(want):
			s.tale.fail(client, "%s: %d %s must come; there is one more, which says\n%s", why, len(want), plural(len(want), "response"), text)
		case len(a.payload) > wire.MaxFrame:
			s.tale.fail(client, "%s: response %d must be\n%s; what came is longer than MaxFrame, and nobody will read it", why, i+1, reply(want[i]))
		case err != nil:
			s.tale.fail(client, "%s: response %d must be\n%s; it is one that DecodeResponse cannot decode", why, i+1, reply(want[i]))
		case !fits(want[i], resp):
			s.tale.fail(client, "%s: response %d must be\n%s; it is\n%s", why, i+1, reply(want[i]), text)
		}
	}
	if half := s.here.rest(); half > 0 {
		s.tale.fail(client, "%s: response %d is no whole frame: there are only %d bytes, and then nothing", why, len(got)+1, half)
	}
	if len(got) < len(want) {
		s.tale.fail(client, "%s: response %d must be\n%s; it does not come, although nothing is missing", why, len(got)+1, reply(want[len(got)]))
	}
}

// some stands for any text in an expected Err.
const some = "(some error)"

func fits(want, got wire.Response) bool {
	if want.Err == some {
		return got.Err != ""
	}
	return message{want.Err, want.Values}.equal(message{got.Err, got.Values})
}

// mustEnd demands that Serve has returned with an error of this kind, and has closed the connection.
func (s *serving) mustEnd(why string, want error) {
	s.t.Helper()
	s.rest()
	if !isClosed(s.done) {
		s.tale.fail(server, "%s; Serve must return, but has not", why)
	}
	s.tale.add(event{rank: returning, lane: server, text: "returns " + verdict(s.err)})
	switch {
	case want == nil && s.err != nil:
		s.tale.fail(server, "%s; Serve must return nil, but returned an error", why)
	case !errors.Is(s.err, want):
		s.tale.fail(server, "%s; Serve must return %s, but returned %s", why, verdict(want), verdict(s.err))
	case !s.here.isOver():
		s.tale.fail(server, "%s; Serve has returned, but has not closed the connection", why)
	}
}

// verdict names what the suite knows of an error.
func verdict(err error) string {
	if name, known := known(err); known {
		return name
	}
	if errors.Is(err, errLine) {
		return "the error of the connection"
	}
	return "another error"
}

// bank is what the suite serves. A deposit takes as many minutes as francs, so that it matters what waits for what.
type bank struct {
	tale    *story
	mu      sync.Mutex
	balance map[string]int
	begun   int // operations so far
	running int
	overlap bool
	misused string // how an operation was called that must not be called so
}

func (b *bank) operations() wire.Operations {
	return wire.Operations{
		"balance": {Params: 1, Do: b.does("balance", 1, func(p []string) ([]string, error) { return b.change(p[0], 0) })},
		"deposit": {Params: 2, Do: b.does("deposit", 2, func(p []string) ([]string, error) {
			amount, _ := strconv.Atoi(p[1])
			time.Sleep(time.Duration(amount) * time.Minute)
			return b.change(p[0], amount)
		})},
		"hello":   {Params: 0, Do: b.does("hello", 0, func([]string) ([]string, error) { return []string{"hello"}, nil })},
		"measure": {Params: 1, Do: b.does("measure", 1, func(p []string) ([]string, error) { return []string{strconv.Itoa(len(p[0]))}, nil })},
		"repeat":  {Params: 2, Do: b.does("repeat", 2, repeat)},
		"lament":  {Params: 2, Do: b.does("lament", 2, lament)},
	}
}

// repeat returns its first parameter so many times over, as one value.
func repeat(p []string) ([]string, error) {
	n, err := strconv.Atoi(p[1])
	return []string{strings.Repeat(p[0], n)}, err
}

// lament is repeat for errors; it returns a value, too, which must not be sent.
func lament(p []string) ([]string, error) {
	values, err := repeat(p)
	if err != nil {
		return nil, err
	}
	return []string{"not to be sent"}, errors.New(values[0])
}

func (b *bank) change(account string, amount int) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.balance[account]; !ok {
		return nil, errNoAccount
	}
	b.balance[account] += amount
	return []string{strconv.Itoa(b.balance[account])}, nil
}

// does wraps an operation: it is told, counted, and seen if it overlaps another one or is called as it must not be.
func (b *bank) does(name string, takes int, do func([]string) ([]string, error)) func([]string) ([]string, error) {
	return func(params []string) ([]string, error) {
		b.note(+1)
		defer b.note(-1)
		text := say(wire.Request{Op: name, Params: params})
		if len(params) != takes {
			b.misuse(fmt.Sprintf("the Do of %q takes %d parameters, and was called with %d", name, takes, len(params)))
			return nil, errors.New("misused")
		}
		begin := time.Now()
		values, err := do(params)
		if time.Since(begin) > 0 {
			b.tale.add(event{at: begin, rank: working, lane: server, text: text + " begins"})
			text += " ends"
		}
		b.tale.add(event{rank: working, lane: server, text: text})
		return values, err
	}
}

func (b *bank) note(change int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running += change
	b.overlap = b.overlap || b.running > 1
	if change > 0 {
		b.begun++
	}
}

func (b *bank) misuse(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.misused = what
}

// seen returns how many operations have begun so far, whether two of them have overlapped, and whether one was called as it must not be.
func (b *bank) seen() (begun int, overlap bool, misused string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.begun, b.overlap, b.misused
}
