// Package philosophers is a lab: several who need two things each, and must not wait for each other in a ring.
//
// Philosophers sit round a table. Between any two neighbours lies one chopstick, and eating takes two: the one on the left and the
// one on the right. Whoever has only one waits for the other. If everybody has one, everybody waits, for ever.
//
// This file is given: it is the same for everybody and you do not hand it in. You write philosophers.go.
package philosophers

// Chopstick is one chopstick. At any time at most one philosopher holds it. Its methods may be called from any goroutine.
type Chopstick interface {
	// PickUp takes the chopstick. While somebody holds it, also the caller herself, PickUp waits.
	PickUp()

	// TryPickUp takes the chopstick if nobody holds it, and reports whether it did. It never waits.
	TryPickUp() bool

	// PutDown puts a chopstick that is held back on the table.
	PutDown()
}
