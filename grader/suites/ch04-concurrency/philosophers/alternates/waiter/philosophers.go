package philosophers

// Table has a waiter, who lets all but one of the philosophers sit down at a time: then one of them has two chopsticks within reach
// that at most one other wants.
type Table struct {
	chopsticks []Chopstick
	seated     chan struct{} // holds one token for each philosopher at the table
}

// NewTable returns a table with all seats free.
func NewTable(chopsticks []Chopstick) *Table {
	n := len(chopsticks)
	if n < 2 {
		panic("philosophers: at least two chopsticks are needed")
	}
	return &Table{chopsticks: chopsticks, seated: make(chan struct{}, n-1)}
}

// Dine waits to be seated, takes the left chopstick and then the right one.
func (t *Table) Dine(seat int, eat func()) {
	if eat == nil {
		panic("philosophers: eat is nil")
	}
	left, right := t.chopsticks[seat], t.chopsticks[(seat+1)%len(t.chopsticks)]
	t.seated <- struct{}{}
	defer func() { <-t.seated }()
	left.PickUp()
	defer left.PutDown()
	right.PickUp()
	defer right.PutDown()
	eat()
}
