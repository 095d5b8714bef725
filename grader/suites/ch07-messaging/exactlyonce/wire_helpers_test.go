package exactlyonce_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is the timeout of everything that must work on a healthy Redis, however busy the machine is.
const patience = time.Minute

var errDead = errors.New("the process is dead")

// wire is a process's way to Redis. Commands leave one at a time: the next one only after the answer to the one before.
type wire struct {
	mu   sync.Mutex
	at   func(nth int) fate // asked before each command leaves, from when it was armed
	nth  int
	dead bool
	left []string // the commands that have left since then
}

// fate is what happens to a command.
type fate int

const (
	passes  fate = iota
	dies         // it never leaves: the process is dead
	unheard      // it is carried out, and the connection breaks before the answer comes
	refused      // Redis answers that it is loading its data
)

// arm counts commands from now on, the first being 1.
func (w *wire) arm(at func(nth int) fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.nth, w.left = at, 0, nil
}

// commands are those that have left since the wire was armed.
func (w *wire) commands() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.left)
}

func (w *wire) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
}

func (w *wire) isDead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// ask decides about a command, without a lock held: the check may take its time.
func (w *wire) ask(words []string) fate {
	if slices.Contains([]string{"HELLO", "AUTH", "SELECT", "CLIENT", "PING"}, words[0]) {
		return passes // the client library's own
	}
	w.mu.Lock()
	w.nth++
	at, nth := w.at, w.nth
	w.mu.Unlock()
	f := passes
	if at != nil {
		f = at(nth)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead = w.dead || f == dies; w.dead {
		return dies
	}
	w.left = append(w.left, describe(words))
	return f
}

// describe is a command with its first key.
func describe(words []string) string {
	if len(words) > 1 && !strings.HasPrefix(words[0], "EVAL") && len(words[1]) <= 20 {
		return words[0] + " " + words[1]
	}
	return words[0]
}

// dial connects through the fault proxy.
func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if w.isDead() {
		return nil, errDead
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &lockstep{Conn: conn, wire: w}, nil
}

// lockstep is a connection of the wire. The client library uses it from one goroutine at a time.
type lockstep struct {
	net.Conn
	wire    *wire
	arrived []byte // answers that Write has waited for
	broken  bool   // an answer was lost
	loading bool   // the transaction under way began with a refused MULTI
}

// Write lets the commands in p out, one at a time.
func (c *lockstep) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		words, size := parse(p[done:])
		f := c.wire.ask(words)
		if f == dies {
			c.Conn.Close()
			return done, errDead
		}
		if answer := c.refusal(words[0], f); answer != "" {
			c.arrived = append(c.arrived, answer...)
		} else if err := c.exchange(p[done : done+size]); err != nil {
			return done, err
		}
		done += size
		if f == unheard {
			c.broken = true
			c.Conn.Close()
			if done < len(p) {
				return done, io.ErrClosedPipe
			}
		}
	}
	return len(p), nil
}

// refusal is what a Redis that is loading its data says to a command; "" if it carries the command out, as it does some. Whoever has begun a
// transaction is refused until its end.
func (c *lockstep) refusal(word string, f fate) string {
	switch {
	case f != refused && !c.loading, word == "WATCH", word == "UNWATCH":
		return ""
	case word == "MULTI":
		c.loading = true
		return "+OK\r\n"
	case word == "EXEC" && c.loading:
		c.loading = false
		return "-EXECABORT Transaction discarded because of previous errors.\r\n"
	case word == "DISCARD" && c.loading:
		c.loading = false
		return "+OK\r\n"
	}
	return "-LOADING Redis is loading the dataset in memory\r\n"
}

// exchange sends one command and waits until its answer comes.
func (c *lockstep) exchange(command []byte) error {
	if _, err := c.Conn.Write(command); err != nil {
		return err
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, err := c.Conn.Read(answer)
	c.arrived = append(c.arrived, answer[:n]...)
	return err
}

// Read hands on what has arrived.
func (c *lockstep) Read(p []byte) (int, error) {
	switch {
	case c.broken:
		return 0, io.EOF
	case len(c.arrived) > 0:
		n := copy(p, c.arrived)
		c.arrived = c.arrived[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// parse reads one command as clients send it: *2\r\n$3\r\nGET\r\n$1\r\nk\r\n.
func parse(p []byte) (words []string, size int) {
	rest := p
	number := func(prefix byte) int {
		line, after, found := bytes.Cut(rest, []byte("\r\n"))
		if !found || len(line) < 2 || line[0] != prefix {
			return -1
		}
		n, err := strconv.Atoi(string(line[1:]))
		if err != nil {
			return -1
		}
		rest = after
		return n
	}
	for n := number('*'); n > 0; n-- {
		length := number('$')
		if length < 0 || len(rest) < length+2 {
			return []string{"PING"}, len(p) // a part of something long: let it pass
		}
		words = append(words, string(rest[:length]))
		rest = rest[length+2:]
	}
	if len(words) == 0 {
		return []string{"PING"}, len(p)
	}
	words[0] = strings.ToUpper(words[0])
	return words, len(p) - len(rest)
}

// client is a Redis client over the wire; one command is one attempt.
func (s *scene) client(w *wire) *redis.Client {
	s.T.Helper()
	client := s.redis.ClientWith(func(o *redis.Options) {
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.Dialer = patience, patience, patience, w.dial
	})
	s.own(client.Ping(s.T.Context()).Err())
	return client
}

// basicAck is how the method basic.ack begins on the wire: class 60, method 80.
const basicAck = "\x00\x3c\x00\x50"
