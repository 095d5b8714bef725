package philosophers

import "errors"

// place is a seat with its two chopsticks in the order in which they are picked up.
type place [2]Chopstick

// Table remembers for each place which chopstick comes first: even places begin on the left, odd ones on the right. So somebody
// always begins with the chopstick with which a neighbour begins as well, and they cannot both hold one and wait.
type Table struct{ places []place }

var errFewChopsticks = errors.New("philosophers: a table needs two chopsticks")

// NewTable lays the places.
func NewTable(chopsticks []Chopstick) *Table {
	if len(chopsticks) < 2 {
		panic(errFewChopsticks)
	}
	t := &Table{}
	for i, left := range chopsticks {
		right := chopsticks[(i+1)%len(chopsticks)]
		if i%2 == 0 {
			t.places = append(t.places, place{left, right})
		} else {
			t.places = append(t.places, place{right, left})
		}
	}
	return t
}

// Dine uses the place's order.
func (t *Table) Dine(seat int, eat func()) {
	if eat == nil {
		panic("philosophers: nothing to eat")
	}
	p := t.places[seat]
	for _, c := range p {
		c.PickUp()
	}
	defer func() {
		for _, c := range p {
			c.PutDown()
		}
	}()
	eat()
}
