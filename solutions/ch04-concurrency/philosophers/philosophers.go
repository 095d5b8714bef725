package philosophers

import "fmt"

// Table is a round table with as many seats as chopsticks. Make one with NewTable.
type Table struct {
	chopsticks []Chopstick
}

// NewTable returns a table: the philosopher in seat i shares chopsticks[i] with one neighbour and chopsticks[i+1] with the other, and
// the last seat's second chopstick is chopsticks[0]. All chopsticks lie on the table. It panics with a message that contains
// "philosophers" if there are fewer than two.
func NewTable(chopsticks []Chopstick) *Table {
	if len(chopsticks) < 2 {
		panic(fmt.Sprintf("philosophers: nobody can eat at a table with %d chopsticks", len(chopsticks)))
	}
	return &Table{chopsticks: chopsticks}
}

// Dine picks up both chopsticks of the seat, calls eat once, and puts both down, also if eat panics; then the panic goes on to the
// caller. It panics with a message that contains "philosophers" if eat is nil.
func (t *Table) Dine(seat int, eat func()) {
	if eat == nil {
		panic("philosophers: Dine without anything to eat")
	}
	first, second := t.inOrder(seat)
	first.PickUp()
	defer first.PutDown()
	second.PickUp()
	defer second.PutDown()
	eat()
}

// inOrder returns the two chopsticks of the seat, the one with the lower number first. Everybody who holds one chopstick then waits
// only for one with a higher number, so nobody can be waiting, by way of others, for a chopstick that she holds herself.
func (t *Table) inOrder(seat int) (first, second Chopstick) {
	left, right := seat, (seat+1)%len(t.chopsticks)
	return t.chopsticks[min(left, right)], t.chopsticks[max(left, right)]
}
