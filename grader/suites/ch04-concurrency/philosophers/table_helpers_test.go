package philosophers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"scalelab/labs/ch04-concurrency/philosophers"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options leave it to TestLeavesNoGoroutine to judge what is left behind.
var options = interleave.Options{Leftovers: true, Turns: 100}

// inStep lets everybody begin in any order and take turns soon: two who keep step may then do so for ever.
var inStep = interleave.Options{Leftovers: true, Turns: 20, Preemptions: -1}

// explore plays each scene at new tables of each size, in many orders.
func explore(t *testing.T, sizes []int, scenes ...func(t *table)) {
	check.Run(t, func(t *check.T) { play(t, options, sizes, scenes...) })
}

func play(t *check.T, o interleave.Options, sizes []int, scenes ...func(t *table)) {
	for _, seats := range sizes {
		for _, scene := range scenes {
			interleave.Explore(t, o, func(x *interleave.Run) { scene(lay(x, seats)) })
		}
	}
}

// table is the student's table and what lies on it.
type table struct {
	*philosophers.Table
	x        *interleave.Run
	sticks   []*chopstick
	everyone sync.WaitGroup // the philosophers that sit has started
}

// lay lays a table for so many philosophers.
func lay(x *interleave.Run, seats int) *table {
	t := &table{x: x}
	given := make([]philosophers.Chopstick, seats)
	for i := range given {
		c := &chopstick{x: x, name: fmt.Sprint("chopstick ", i)}
		x.Name(&c.lock, c.name)
		t.sticks, given[i] = append(t.sticks, c), c
	}
	x.Name(&t.everyone, "everyone")
	t.Table = philosophers.NewTable(given)
	return t
}

func philosopher(seat int) string { return fmt.Sprint("philosopher ", seat) }

// last is the seat whose second chopstick is chopstick 0.
func (t *table) last() int { return len(t.sticks) - 1 }

// sit lets the philosopher of a seat dine, in a goroutine of her own.
func (t *table) sit(seat int) { t.start(seat, func() { t.dine(seat, func() {}) }) }

func (t *table) start(seat int, does func()) {
	t.everyone.Add(1)
	t.x.Go(philosopher(seat), func() {
		does()
		t.everyone.Done()
	})
}

// dine lets the philosopher of a seat eat one meal: she must have both chopsticks from its beginning to its end, and may eat once.
func (t *table) dine(seat int, during func()) {
	var meals interleave.Note[int]
	t.Dine(seat, func() {
		if meals.Update(func(n int) int { return n + 1 }); meals.Get() > 1 {
			t.x.Errorf("one call of Dine(%d, eat) called eat twice", seat)
		}
		t.begin(seat)
		t.eat(seat, during)
		t.end(seat)
	})
	if meals.Get() == 0 {
		t.x.Errorf("Dine(%d, eat) returned and has not called eat", seat)
	}
	if t.sticks[seat].eater.Get() == philosopher(seat) {
		t.x.Errorf("Dine(%d, eat) returned while eat was still running", seat)
	}
}

// eat is the meal itself. Anything may happen to the others before it goes on.
func (t *table) eat(seat int, during func()) {
	interleave.Call(t.x, seat, "eat", func() string { during(); return "" })
}

// of are the two chopsticks of a seat.
func (t *table) of(seat int) []*chopstick {
	return []*chopstick{t.sticks[seat], t.sticks[(seat+1)%len(t.sticks)]}
}

func (t *table) begin(seat int) {
	for _, c := range t.of(seat) {
		if !c.held.Get() {
			t.x.Errorf("%s begins to eat, but %s lies on the table: nobody holds it", philosopher(seat), c.name)
		}
		if eater := c.eater.Get(); eater != "" {
			t.x.Errorf("%s begins to eat while %s eats, and they share %s", philosopher(seat), eater, c.name)
		}
		c.eater.Set(philosopher(seat))
	}
}

func (t *table) end(seat int) {
	for _, c := range t.of(seat) {
		c.eater.Set("")
	}
}

// mustBeLaid demands that every chopstick lies on the table.
func (t *table) mustBeLaid(why string) {
	var held []string
	for _, c := range t.sticks {
		if c.held.Get() {
			held = append(held, c.name)
		}
	}
	if len(held) > 0 {
		t.x.Errorf("%s, but %s not back on the table", why, plural(held))
	}
}

func plural(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, " and ") + " are"
}

// chopstick is a lock. It writes down, unseen by the scheduler, what the checks need to know.
type chopstick struct {
	x    *interleave.Run
	name string
	lock sync.Mutex

	held  interleave.Note[bool]
	eater interleave.Note[string] // who eats with it now
	tries interleave.Note[int]    // calls of PickUp and TryPickUp
}

// PickUp implements philosophers.Chopstick.
func (c *chopstick) PickUp() {
	c.tried()
	c.lock.Lock()
	c.held.Set(true)
}

// TryPickUp implements philosophers.Chopstick.
func (c *chopstick) TryPickUp() bool {
	c.tried()
	taken := c.lock.TryLock()
	if taken {
		c.held.Set(true)
	}
	return taken
}

func (c *chopstick) tried() { c.tries.Update(func(n int) int { return n + 1 }) }

// PutDown implements philosophers.Chopstick.
func (c *chopstick) PutDown() {
	if !c.held.Get() {
		c.x.Errorf("%s is put down, but nobody holds it", c.name)
	}
	if eater := c.eater.Get(); eater != "" {
		c.x.Errorf("%s is put down while %s eats with it", c.name, eater)
	}
	c.held.Set(false)
	c.lock.Unlock()
}
