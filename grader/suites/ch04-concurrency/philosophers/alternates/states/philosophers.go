package philosophers

import "sync"

// Table knows who eats and who is hungry. Nobody touches a chopstick before she has been told that both her neighbours leave theirs
// alone, so picking up never waits; whoever has eaten tells her neighbours.
type Table struct {
	chopsticks []Chopstick

	mu     sync.Mutex
	eating []bool
	hungry []chan struct{} // closed when the philosopher in the seat may eat; nil if she is not hungry
}

// NewTable returns a table at which nobody is hungry.
func NewTable(chopsticks []Chopstick) *Table {
	n := len(chopsticks)
	if n < 2 {
		panic("philosophers: a table for at least two, please")
	}
	return &Table{chopsticks: chopsticks, eating: make([]bool, n), hungry: make([]chan struct{}, n)}
}

// Dine is hungry, then eats, then thinks of the neighbours.
func (t *Table) Dine(seat int, eat func()) {
	if eat == nil {
		panic("philosophers: a meal, please")
	}
	n := len(t.chopsticks)
	left, right := (seat+n-1)%n, (seat+1)%n
	turn := make(chan struct{})
	t.mu.Lock()
	t.hungry[seat] = turn
	t.admit(seat)
	t.mu.Unlock()
	<-turn

	t.chopsticks[seat].PickUp()
	t.chopsticks[right].PickUp()
	defer func() {
		t.chopsticks[seat].PutDown()
		t.chopsticks[right].PutDown()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.eating[seat] = false
		t.admit(left)
		t.admit(right)
	}()
	eat()
}

// admit lets a hungry philosopher eat if neither neighbour does.
func (t *Table) admit(seat int) {
	n := len(t.chopsticks)
	if t.hungry[seat] == nil || t.eating[(seat+n-1)%n] || t.eating[(seat+1)%n] {
		return
	}
	t.eating[seat] = true
	close(t.hungry[seat])
	t.hungry[seat] = nil
}
