package idempotentbank_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

const (
	patience     = time.Minute           // of a client on a healthy server, however busy the machine is
	callDeadline = 20 * time.Second      // of a call; only wrong code comes so far
	mostCommands = 50                    // of a call that nobody disturbs; more would be a loop
	mostStops    = 20                    // commands of a call at which it is stopped in turn
	prompt       = 10 * time.Millisecond // of a bubble's time, in which commands take none: who takes longer has waited
)

// balances are what is in some accounts.
type balances map[string]int64

func (b balances) String() string {
	var texts []string
	for _, account := range slices.Sorted(maps.Keys(b)) {
		texts = append(texts, fmt.Sprintf("%s %d", shown(account), b[account]))
	}
	return strings.Join(texts, ", ")
}

// world is a Redis server, banks on it, and the picture of the scene that is played.
type world struct {
	t        *check.T
	connect  func() *redis.Client
	eye      eye
	accounts []string // of the scene
	keys     int      // used so far
	story    *story
	over     chan struct{}          // closed when the check ends
	noScript func(sha string) error // what Redis answers to this hash if it does not know it; nil: see tap.hideCache
}

// eye looks at the server past everything that stands between it and a bank.
type eye interface {
	get(key string) (text string, found bool)
	set(key, text string)
	del(key string)
}

func newWorld(t *check.T, connect func() *redis.Client, e eye) *world {
	w := &world{t: t, connect: connect, eye: e, story: &story{}, over: make(chan struct{})}
	w.story.tell("Before the first scene", "")
	t.Cleanup(func() { close(w.over) })
	return w
}

// scene begins: the accounts hold what is given, and the picture is empty.
func (w *world) scene(title string, start balances) {
	w.t.Helper()
	for _, account := range w.accounts {
		w.eye.del(idempotentbank.AccountKey(account))
	}
	w.accounts = slices.Sorted(maps.Keys(start))
	for _, account := range w.accounts {
		w.eye.set(idempotentbank.AccountKey(account), strconv.FormatInt(start[account], 10))
	}
	w.story.tell(title, start.String())
}

// key is one that was not used before.
func (w *world) key() idempotentbank.Key {
	w.keys++
	return named("ann", fmt.Sprintf("r%d", w.keys))
}

// balancesText is what the accounts of the scene hold, as it stands in Redis.
func (w *world) balancesText() string {
	texts := make([]string, 0, len(w.accounts))
	for _, account := range w.accounts {
		text, found := w.eye.get(idempotentbank.AccountKey(account))
		if !found {
			text = "closed"
		}
		texts = append(texts, shown(account)+" "+text)
	}
	return strings.Join(texts, ", ")
}

// process is a process of the bank: a Bank with a client of its own, whose commands pass a tap.
type process struct {
	world *world
	lane  string
	tap   *tap
	bank  *idempotentbank.Bank

	hurried bool // it has to answer at once
}

func (w *world) start(lane string, opts idempotentbank.Options) *process {
	rdb := w.connect()
	p := &process{world: w, lane: lane, tap: &tap{lane: lane, world: w, limit: mostCommands}}
	rdb.AddHook(p.tap)
	p.bank = idempotentbank.New(rdb, opts)
	return p
}

// call sends a request and waits for what it returns.
func (p *process) call(key idempotentbank.Key, r request) outcome {
	ctx, cancel := context.WithTimeout(p.world.t.Context(), callDeadline)
	defer cancel()
	return p.callWith(ctx, cancel, key, r, false)
}

// repeat is call of a request that was sent before.
func (p *process) repeat(key idempotentbank.Key, r request) outcome {
	ctx, cancel := context.WithTimeout(p.world.t.Context(), callDeadline)
	defer cancel()
	return p.callWith(ctx, cancel, key, r, true)
}

// atOnce makes a call in a bubble; one in which the process has waited is late.
func (p *process) atOnce(call func() outcome) outcome {
	p.hurried = true
	defer func() { p.hurried = false }()
	return call()
}

func (p *process) callWith(ctx context.Context, end context.CancelFunc, key idempotentbank.Key, r request, again bool) outcome {
	p.tap.begin(end)
	p.world.story.asked(p.lane, fmt.Sprintf("%s, key %s", r, keyText(key)), again)
	began := time.Now()
	o := r.call(ctx, p.bank, key)
	o.endless = p.tap.endless()
	if p.hurried && time.Since(began) > prompt {
		o.late = true
		p.world.story.look(p.lane, "has waited") // for how long may depend on a die of its own
	}
	if !errors.Is(o.err, errDead) {
		p.world.story.returned(p.lane, o)
	}
	return o
}

// balance asks for alice's balance.
func (p *process) balance(ctx context.Context, end context.CancelFunc) outcome {
	p.tap.begin(end)
	p.world.story.asked(p.lane, "Balance of alice", false)
	balance, err := p.bank.Balance(ctx, "alice")
	o := outcome{receipt: idempotentbank.Receipt{Balance: balance}, err: err, endless: p.tap.endless(), plain: true}
	p.world.story.returned(p.lane, o)
	return o
}

// same fails the check, with the picture of the scene, unless two texts are equal. rule says what was promised.
func (w *world) same(want, got fmt.Stringer, rule string, args ...any) {
	w.t.Helper()
	w.sameText(want.String(), got.String(), rule, args...)
}

func (w *world) sameText(want, got, rule string, args ...any) {
	w.t.Helper()
	if want != got {
		w.story.show(w.t, want, got)
	}
	require.Equal(w.t, want, got, fmt.Sprintf(rule, args...))
}

// holds fails the check unless the accounts of the scene hold this.
func (w *world) holds(want balances, rule string, args ...any) {
	w.t.Helper()
	w.sameText(want.String(), w.balancesText(), rule, args...)
}

// oneOf fails the check unless got is one of the texts.
func (w *world) oneOf(want []string, got, rule string, args ...any) {
	w.t.Helper()
	if !slices.Contains(want, got) {
		w.sameText(strings.Join(want, "; or "), got, rule, args...)
	}
}

// must does something to the server; if that fails, nothing can be judged.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		check.Unjudged(w.t, "look at Redis: "+err.Error())
	}
}

// eachCommand plays a scene that stops a call at its n-th command, for every n, until the call is over before.
func eachCommand(play func(n int) (stopped bool)) {
	for n := 1; n <= mostStops && play(n); n++ {
	}
}

// inBubble opens a world in a bubble.
func inBubble(t *check.T) (*world, *services.BubbleRedisServer) {
	server := services.BubbleRedis(t)
	connect := func() *redis.Client {
		opts := server.Options()
		opts.ReadTimeout = time.Hour // so that nothing but the context of a call ends its wait for an answer
		rdb := redis.NewClient(opts)
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	return newWorld(t, connect, bubbleEye{t, server}), server
}

type bubbleEye struct {
	t      *check.T
	server *services.BubbleRedisServer
}

func (e bubbleEye) get(key string) (string, bool) {
	text, err := e.server.Mini().Get(key)
	return text, err == nil
}
func (e bubbleEye) set(key, text string) { _ = e.server.Mini().Set(key, text) }
func (e bubbleEye) del(key string)       { e.server.Mini().Del(key) }
