package philosophers

import "sync"

// Table lets a philosopher take both chopsticks or none: if she cannot have both, she waits until somebody has put some down.
type Table struct {
	chopsticks []Chopstick
	mu         sync.Mutex
	putDown    *sync.Cond
}

// NewTable returns a table at which nobody eats.
func NewTable(chopsticks []Chopstick) *Table {
	if len(chopsticks) < 2 {
		panic("philosophers: too few chopsticks")
	}
	t := &Table{chopsticks: chopsticks}
	t.putDown = sync.NewCond(&t.mu)
	return t
}

// Dine waits until it has both.
func (t *Table) Dine(seat int, eat func()) {
	if eat == nil {
		panic("philosophers: no eat")
	}
	left, right := t.chopsticks[seat], t.chopsticks[(seat+1)%len(t.chopsticks)]
	t.mu.Lock()
	for !both(left, right) {
		t.putDown.Wait()
	}
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		left.PutDown()
		right.PutDown()
		t.putDown.Broadcast()
	}()
	eat()
}

// both takes two chopsticks or none.
func both(left, right Chopstick) bool {
	if !left.TryPickUp() {
		return false
	}
	if !right.TryPickUp() {
		left.PutDown()
		return false
	}
	return true
}
