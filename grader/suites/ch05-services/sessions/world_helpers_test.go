package sessions_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/sessions"
	"scalelab/pkg/check"
)

const (
	patience     = time.Minute           // of everything on a healthy server, however busy the machine is
	callDeadline = 20 * time.Second      // of a request; only wrong code comes so far
	mostCommands = 50                    // of a request that nobody disturbs; more would be a loop
	mostStops    = 20                    // commands of a request at which it is stopped in turn
	prompt       = 10 * time.Millisecond // of a bubble's time, in which commands take none: who takes longer has waited
)

// world is a Redis server, replicas on it, and the picture of the scene that is played.
type world struct {
	t        *check.T
	connect  func() *redis.Client
	story    *story
	rand     *dice
	noScript func(sha string) error // what Redis answers to this hash if it does not know it; nil: see tap.hideCache
	over     chan struct{}          // closed when the check ends
	gone     []string               // the keys that expired last
}

func newWorld(t *check.T, connect func() *redis.Client) *world {
	w := &world{t: t, connect: connect, story: &story{}, rand: &dice{}, over: make(chan struct{})}
	t.Cleanup(func() { close(w.over) })
	w.story.tell("Before the first scene")
	return w
}

// dice is the chance of which ids are made: the same in each run.
type dice struct {
	mu   sync.Mutex
	n    uint64
	rest []byte
}

func (d *dice) Read(into []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.rest) < len(into) {
		d.n++
		block := sha256.Sum256(binary.BigEndian.AppendUint64(nil, d.n))
		d.rest = append(d.rest, block[:]...)
	}
	n := copy(into, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// replica is a handler with a client of its own, whose commands pass a tap.
type replica struct {
	world   *world
	lane    string
	tap     *tap
	rdb     *redis.Client
	handler http.Handler
	hurried bool // it has to answer at once
}

// start starts a replica whose timeout is long, so that a busy machine does not make Redis look broken.
func (w *world) start(lane string) *replica {
	return w.startWith(lane, sessions.Options{OpTimeout: patience})
}

func (w *world) startWith(lane string, opts sessions.Options) *replica {
	p := &replica{world: w, lane: lane, tap: &tap{lane: lane, world: w, limit: mostCommands}, rdb: w.connect()}
	p.rdb.AddHook(p.tap)
	p.replaced(opts)
	return p
}

// replaced puts a new replica in the place of this one, on the same connection: with a hundred replicas that is much faster.
func (p *replica) replaced(opts sessions.Options) {
	if opts.Rand == nil {
		opts.Rand = p.world.rand
	}
	p.handler = sessions.New(p.rdb, opts)
}

// send sends a request and waits for the answer.
func (p *replica) send(id string, r request) result {
	ctx, cancel := context.WithTimeout(p.world.t.Context(), callDeadline)
	defer cancel()
	return p.sendWith(ctx, cancel, id, r)
}

func (p *replica) sendWith(ctx context.Context, end context.CancelFunc, id string, r request) result {
	p.tap.begin(end)
	text := r.text
	if r.path == "/login" && id != "" {
		text += ", with an id"
	}
	p.world.story.asked(p.lane, text)
	began := time.Now()
	got := r.serve(ctx, p.handler, id)
	got.endless = p.tap.endless()
	if p.hurried && time.Since(began) > prompt {
		got.late = true
		p.world.story.look(p.lane, "has waited") // for how long may depend on a die of its own
	}
	if !p.tap.isDead() {
		p.world.story.answered(p.lane, got)
	}
	return got
}

// sendAtOnce is send in a bubble; an answer for which the replica has waited is late.
func (p *replica) sendAtOnce(id string, r request) result {
	p.hurried = true
	defer func() { p.hurried = false }()
	return p.send(id, r)
}

// login begins a session, fails the check if that does not succeed, and returns the id. old is the cookie that is sent along.
func (p *replica) login(old, user string) string {
	p.world.t.Helper()
	got := p.send(old, login(user))
	p.world.same("204, one cookie", fmt.Sprintf("%v, %s", got, count(got.cookies)), "a login is answered with 204 and the cookie")
	id := got.cookies[0].Value
	if id == "" {
		p.world.same("an id", "an empty cookie", "the value of the cookie is the session's id")
	}
	return id
}

func count(cookies []*http.Cookie) string {
	if len(cookies) == 1 {
		return "one cookie"
	}
	return fmt.Sprintf("%d cookies", len(cookies))
}

// begin plays the beginning of a scene, a session of ann with this cart; the picture tells it in one step.
func (w *world) begin(title string, at *replica, c cart) (id string) {
	w.t.Helper()
	w.story.tell(title)
	id = at.login("", "ann")
	have := cart{}
	for _, sku := range []string{"A1", "B2"} {
		if qty := c[sku]; qty > 0 {
			r := add(sku, qty)
			r.on(have)
			w.answers(full("ann", have), at.send(id, r), "what is added is in the cart")
		}
	}
	w.story.tell(title)
	w.story.does(client, "ann is logged in; cart: "+c.String())
	return id
}

// answers fails the check, with the picture of the scene, unless the result is this one. rule says what was promised.
func (w *world) answers(want string, got result, rule string, args ...any) {
	w.t.Helper()
	w.same(want, got.String(), rule, args...)
}

func (w *world) same(want, got, rule string, args ...any) {
	w.t.Helper()
	if want != got {
		w.story.show(w.t, want, got)
	}
	require.Equal(w.t, want, got, fmt.Sprintf(rule, args...))
}

// oneOf fails the check unless got is one of the texts.
func (w *world) oneOf(want []string, got, rule string, args ...any) {
	w.t.Helper()
	if !slices.Contains(want, got) {
		w.same(strings.Join(slices.Compact(slices.Clone(want)), "; or "), got, rule, args...)
	}
}

// must does something to the server; if that fails, nothing can be judged.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		check.Unjudged(w.t, "look at Redis: "+err.Error())
	}
}

// eachCommand plays a scene that stops a request at its n-th command, for every n, until the request is over before.
func eachCommand(play func(n int) (stopped bool)) {
	for n := 1; n <= mostStops && play(n); n++ {
	}
}

// overtaken lets something happen just before the n-th command of the request that comes next.
func (p *replica) overtaken(n int, happens func()) (reached func() bool) {
	done := false
	p.tap.onCommand(func(at int, m moment, _ string) error {
		if at == n && m == before && !done {
			done = true
			p.world.story.does(p.lane, fmt.Sprintf("stands still before its command %d", n))
			happens()
			p.world.story.does(p.lane, "goes on")
		}
		return nil
	})
	return func() bool { return done }
}
