// Package faults says what can be done to a server that a check talks to, and carries it over a process
// boundary.
//
// A check runs sandboxed: it may talk to its server but has no rights over it. Whoever started the server (the
// grader) serves a [Faults] for it on a unix socket, and the check uses it through a client that looks the same:
//
//	check                                     grader
//	┌──────────────┐  POST /redis/stall   ┌──────────────┐
//	│ Dial(socket) │ ───────────────────▶ │ Listen(…)    │ ──▶ fault proxy, server
//	└──────────────┘  unix socket, JSON   └──────────────┘
package faults

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Faults is what a check may do to its own way to a server, and, if it has the server to itself, to the server.
// Every method returns once the fault is in force.
type Faults interface {
	// Cut closes every connection made through the view's URL; new ones are accepted.
	Cut(ctx context.Context) error
	// Stall keeps connections open while no byte moves in either direction. What was sent arrives after Heal.
	Stall(ctx context.Context) error
	// Mute stops the server's answers; the client's bytes still arrive ("stored, but no answer").
	Mute(ctx context.Context) error
	// Down cuts every connection and refuses new ones.
	Down(ctx context.Context) error
	// Heal undoes Stall, Mute and Down. It does not start a killed server.
	Heal(ctx context.Context) error
	// Restart stops and starts the server itself; data is kept as that server would. Needs exclusive.
	Restart(ctx context.Context) error
	// Kill ends the server at once (SIGKILL), Start brings it back. Needs exclusive.
	Kill(ctx context.Context) error
	// Start starts a killed server and returns when it answers. Needs exclusive.
	Start(ctx context.Context) error
}

// Pinger is a Faults whose proxy is in another process. Ping returns when that process has answered: on a busy machine it takes as long as
// what goes through the proxy, so whoever waits for that should wait for some pings as well.
type Pinger interface {
	Ping(ctx context.Context) error
}

// AMQP is Faults of a RabbitMQ broker, where single messages can be struck as well. Counting begins with the call, over
// all connections through the view's URL; each fault strikes once, and Heal takes back what has not struck. The first
// is number 1.
type AMQP interface {
	Faults
	// LoseConfirm drops the n-th answer (ack or nack) to a publish; the broker has done what it would have said.
	LoseConfirm(ctx context.Context, n int) error
	// DelayConfirm holds the n-th answer back for d or until Heal, while later ones overtake it.
	DelayConfirm(ctx context.Context, n int, d time.Duration) error
	// CutBeforePublish closes the connection in place of the n-th publish, which never reaches the broker.
	CutBeforePublish(ctx context.Context, n int) error
	// CutAfterPublish closes the connection once the n-th publish is stored, in place of its answer.
	CutAfterPublish(ctx context.Context, n int) error
}

// Plan orders the n-th of something, unless there is no such number.
func Plan(n int, order func()) error {
	if n < 1 {
		return fmt.Errorf("number %d: the first publish or confirm is number 1", n)
	}
	order()
	return nil
}

// ErrNotExclusive is returned by Restart, Kill and Start of a view that shares its server with others.
var ErrNotExclusive = errors.New("the server is shared: restart, kill and start need `exclusive: true` in lab.yaml")

// verbs names the methods of Faults on the wire.
var verbs = map[string]func(Faults, context.Context) error{
	"cut":     Faults.Cut,
	"stall":   Faults.Stall,
	"mute":    Faults.Mute,
	"down":    Faults.Down,
	"heal":    Faults.Heal,
	"restart": Faults.Restart,
	"kill":    Faults.Kill,
	"start":   Faults.Start,
}

// counted names on the wire what AMQP has beyond Faults; delayConfirm is the one that has a duration, too.
var counted = map[string]func(AMQP, context.Context, int) error{
	"lose-confirm":       AMQP.LoseConfirm,
	"cut-before-publish": AMQP.CutBeforePublish,
	"cut-after-publish":  AMQP.CutAfterPublish,
}

const delayConfirm = "delay-confirm"
