// Package liftrides is a lab: gates at the lifts report rides over HTTP, a queue takes them, and a consumer stores them.
//
//	gate ── POST /rides ──▶ service ── publish ──▶ rides ── deliver ──▶ consumer ── Insert (batch) ──▶ store
//	gate ◀─ 202 Accepted ── service ◀─ confirm ──  queue ◀─── ack ───── consumer ◀───── nil ────────── store
//	                                                 └── what the store will never take ──▶ rides.dead
//
// The gate gets its answer as soon as the broker has the ride safely. So a slow store makes no gate wait, and 202 is a promise: the
// ride will be stored.
//
// This file is given: it is the same for everybody and you do not hand it in. You write liftrides.go.
package liftrides

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// The queues. Both are durable and classic.
const (
	Queue     = "rides"      // rides that are to be stored; its length is limited
	DeadQueue = "rides.dead" // rides that the store will never take, for somebody to look at
)

// Ride says that a skier has taken a lift.
type Ride struct {
	ID       string `json:"id"` // made up by the gate; a ride that is sent again has the same
	Skier    string `json:"skier"`
	Lift     string `json:"lift"`
	Vertical int    `json:"vertical"` // metres
}

// Validate says what is wrong with the ride, or returns nil.
func (r Ride) Validate() error {
	switch {
	case r.ID == "" || len(r.ID) > 200:
		return fmt.Errorf("a ride needs an id of at most 200 bytes")
	case r.Skier == "":
		return fmt.Errorf("ride %s: who?", r.ID)
	case r.Lift == "":
		return fmt.Errorf("ride %s: on which lift?", r.ID)
	case r.Vertical < 0:
		return fmt.Errorf("ride %s: lifts go up", r.ID)
	}
	return nil
}

// Store keeps rides. Its id is the primary key of a ride.
type Store interface {
	// Insert stores all of the rides, or none of them.
	//
	//	nil            all are stored now
	//	ErrDuplicate   none is stored: at least one id is in the store already, or twice among these rides
	//	ErrPoison      none is stored: at least one of the rides can never be
	//	another error  nobody knows: all are stored, or none
	//
	// If both ErrDuplicate and ErrPoison apply, it is either. Errors may be wrapped: match them with errors.Is.
	Insert(ctx context.Context, rides []Ride) error
}

// What Insert returns.
var (
	ErrDuplicate = errors.New("liftrides: a ride with this id is stored already")
	ErrPoison    = errors.New("liftrides: this ride can never be stored")
)

// Options are the settings of New. All must be above 0.
type Options struct {
	ConfirmTimeout time.Duration // how long a POST waits for the broker's answer
	BatchSize      int           // the most rides of one Insert, and the most messages that a Run holds
	BatchDelay     time.Duration // how long the first ride of a batch waits for others
	Backoff        time.Duration // how long Run waits when the store has failed
}

// Memory is a store in memory, to try things with. Rides on the lift "closed" are poison.
type Memory struct {
	mu    sync.Mutex
	rides map[string]Ride
}

// Insert stores all of the rides, or none.
func (m *Memory) Insert(ctx context.Context, rides []Ride) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := map[string]Ride{}
	maps.Copy(next, m.rides)
	for _, r := range rides {
		if r.Lift == "closed" {
			return fmt.Errorf("%w: lift %s does not run", ErrPoison, r.Lift)
		}
		if _, known := next[r.ID]; known {
			return fmt.Errorf("%w: %s", ErrDuplicate, r.ID)
		}
		next[r.ID] = r
	}
	m.rides = next
	return nil
}

// Rides are the rides in the store.
func (m *Memory) Rides() map[string]Ride {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.rides)
}
