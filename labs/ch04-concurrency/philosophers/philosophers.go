package philosophers

import "scalelab/pkg/lab"

// Table is a round table with as many seats as chopsticks. Make one with NewTable.
type Table struct{}

// NewTable returns a table: the philosopher in seat i shares chopsticks[i] with one neighbour and chopsticks[i+1] with the other, and
// the last seat's second chopstick is chopsticks[0]. All chopsticks lie on the table. It panics with a message that contains
// "philosophers" if there are fewer than two.
func NewTable(chopsticks []Chopstick) *Table {
	panic(lab.NotImplemented("philosophers", "NewTable"))
}

// Dine picks up both chopsticks of the seat, calls eat once, and puts both down, also if eat panics; then the panic goes on to the
// caller. It panics with a message that contains "philosophers" if eat is nil.
func (t *Table) Dine(seat int, eat func()) {
	panic(lab.NotImplemented("philosophers", "Dine"))
}
