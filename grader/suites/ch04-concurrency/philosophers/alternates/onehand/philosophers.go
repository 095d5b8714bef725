package philosophers

import "sync"

// Table lets one philosopher at a time reach for chopsticks. She may have to wait for a neighbour to finish, and everybody behind her
// waits as well, but those who eat need nothing more.
type Table struct {
	chopsticks []Chopstick
	reaching   sync.Mutex
}

// NewTable returns a table at which nobody reaches for anything.
func NewTable(chopsticks []Chopstick) *Table {
	if len(chopsticks) < 2 {
		panic("philosophers: one chopstick is none")
	}
	return &Table{chopsticks: chopsticks}
}

// Dine reaches for both, and eats without hindering those who reach.
func (t *Table) Dine(seat int, eat func()) {
	if eat == nil {
		panic("philosophers: one cannot dine on nil")
	}
	left, right := t.chopsticks[seat], t.chopsticks[(seat+1)%len(t.chopsticks)]
	t.reaching.Lock()
	left.PickUp()
	right.PickUp()
	t.reaching.Unlock()
	defer left.PutDown()
	defer right.PutDown()
	eat()
}
