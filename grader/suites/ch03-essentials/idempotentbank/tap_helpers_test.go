package idempotentbank_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

var (
	errDead    = errors.New("the check has ended this process")
	errEndless = errors.New("the check has ended this call: it sends command after command")
)

// moment is where a tap stops a command: before it is sent, or when its answer is there.
type moment int

const (
	before moment = iota
	after
)

// tap is a hook on the client of one bank: every command passes it, one by one, and a check may act there.
type tap struct {
	lane  string
	world *world

	mu    sync.Mutex
	calls int                // commands of the present call
	end   context.CancelFunc // of the present call
	limit int                // of commands of a call
	dead  bool
	conns []net.Conn
	// act is called before the n-th command of a call is sent and after its answer has come. Its error takes the place of the answer.
	act func(n int, at moment, command string) error
}

// begin counts from 1 again.
func (p *tap) begin(end context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.end = 0, end
}

// endless says whether the present call has passed the limit.
func (p *tap) endless() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls > p.limit
}

// onCommand sets what happens at the commands from now on.
func (p *tap) onCommand(act func(n int, at moment, command string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.act = act
}

// die makes the process stand still for good: its connections are closed, and nothing that it sends leaves it any more.
func (p *tap) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
	for _, c := range p.conns {
		_ = c.Close()
	}
}

// pass sends a command, or the commands of a transaction, which are one.
func (p *tap) pass(cmds []redis.Cmder, send func() error) error {
	if housekeeping(cmds) {
		return send()
	}
	if err := p.hideCache(cmds[0]); err != nil {
		return fail(cmds, err)
	}
	name := p.nameOf(cmds)
	n, act, err := p.count()
	if err == nil && act != nil {
		err = act(n, before, name)
	}
	if err != nil {
		return fail(cmds, err)
	}
	err = send()
	if text, answered := answer(cmds, err); answered {
		p.world.story.sent(p.lane, name, text, p.world.balancesText())
	}
	if act != nil {
		if err := act(n, after, name); err != nil {
			return fail(cmds, err)
		}
	}
	return err
}

// count gives the command its number.
func (p *tap) count() (int, func(int, moment, string) error, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return 0, nil, errDead
	}
	p.calls++
	if p.calls > p.limit {
		if p.end != nil {
			p.end()
		}
		return 0, nil, errEndless
	}
	return p.calls, p.act, nil
}

// hideCache answers NOSCRIPT in place of Redis, uncounted and undrawn, to the hash of a script that Redis does not know. Checks that
// run side by side share the script cache of a server: whether a script is there at first is chance.
func (p *tap) hideCache(cmd redis.Cmder) error {
	args, w := cmd.Args(), p.world
	if w.noScript == nil || p.isDead() || cmd.Name() != "evalsha" || len(args) < 2 {
		return nil
	}
	return w.noScript(fmt.Sprint(args[1]))
}

func (p *tap) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

func fail(cmds []redis.Cmder, err error) error {
	for _, cmd := range cmds {
		cmd.SetErr(err)
	}
	return err
}

// housekeeping are the commands with which go-redis opens a connection.
func housekeeping(cmds []redis.Cmder) bool {
	switch cmds[0].Name() {
	case "hello", "auth", "select", "client", "ping", "command":
		return true
	}
	return false
}

// nameOf names the commands and the accounts that they are about. Whatever else they carry may be different in each run.
func (p *tap) nameOf(cmds []redis.Cmder) string {
	names := make([]string, 0, len(cmds))
	for _, cmd := range cmds {
		name := strings.ToUpper(cmd.Name())
		args := cmd.Args()
		if name == "EVALSHA" && p.world.noScript != nil {
			name = "EVAL"
		}
		if name == "SCRIPT" && len(args) > 1 {
			name += " " + strings.ToUpper(fmt.Sprint(args[1]))
		}
		if len(args) > 1 {
			if account, is := strings.CutPrefix(fmt.Sprint(args[1]), "account:"); is && len(args) < 4 && !ofTwo(args) {
				name += " " + account
			}
		}
		names = append(names, name)
	}
	if last := len(names) - 1; names[0] == "MULTI" && names[last] == "EXEC" {
		slices.Sort(names[1:last]) // they are one step, and a program that takes its accounts from a map sends them as chance will have it
	}
	return strings.Join(names, ", ")
}

// ofTwo says whether a command is about two accounts. In which order it names them may be chance.
func ofTwo(args []any) bool {
	return len(args) > 2 && strings.HasPrefix(fmt.Sprint(args[2]), "account:")
}

// answer words what Redis answered; it is false if no answer came.
func answer(cmds []redis.Cmder, err error) (string, bool) {
	var reply redis.Error
	switch {
	case err == nil && cmds[0].Err() == nil:
		return "done", true
	case errors.Is(err, redis.Nil):
		return "no such key", true
	case errors.Is(err, redis.TxFailedErr):
		return "not done: a key has changed", true
	case errors.As(err, &reply):
		word, _, _ := strings.Cut(reply.Error(), " ")
		return "error " + word, true
	}
	return "", false
}

// The methods of redis.Hook.

// DialHook remembers the connections, so that they can die with the process.
func (p *tap) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err == nil {
			p.mu.Lock()
			p.conns = append(p.conns, conn)
			p.mu.Unlock()
		}
		return conn, err
	}
}

func (p *tap) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return p.pass([]redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook sends a plain pipeline command by command: it promises no more, since those of others may come between.
func (p *tap) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if len(cmds) == 0 || housekeeping(cmds) {
			return next(ctx, cmds)
		}
		if cmds[0].Name() == "multi" {
			return p.pass(cmds, func() error { return next(ctx, cmds) })
		}
		var first error
		for i := range cmds {
			one := cmds[i : i+1]
			if err := p.pass(one, func() error { return next(ctx, one) }); first == nil {
				first = err
			}
		}
		return first
	}
}
