package delivery_test

import (
	"fmt"
	"slices"
	"sync"
	"testing/synctest"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/spacetime"
)

// ledger is a State: the database of the valley. It outlives receivers.
type ledger struct {
	scene *scene

	mu    sync.Mutex
	known map[delivery.ID]string
	rides []string
	calls int
	fail  int    // so many of the next calls fail
	then  func() // called once, when a message has been applied and Deliver is about to return
}

func (s *scene) ledger() *ledger { return &ledger{scene: s, known: map[delivery.ID]string{}} }

// Deliver is what the subject calls.
func (l *ledger) Deliver(id delivery.ID, msg []byte) (fresh bool, err error) {
	fresh, err, then := l.apply(id, string(msg))
	if then != nil {
		then()
	}
	return fresh, err
}

func (l *ledger) apply(id delivery.ID, msg string) (fresh bool, err error, then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	name := l.scene.names.of(msg)
	if l.fail > 0 {
		l.fail--
		l.scene.note(valley, "Deliver "+name+" = an error")
		return false, errState, nil
	}
	if _, ok := l.known[id]; ok {
		l.scene.note(valley, "Deliver "+name+": known")
		return false, nil, nil
	}
	l.known[id] = msg
	l.rides = append(l.rides, msg)
	if !l.scene.quiet {
		l.scene.net.Host(valley).Step(spacetime.Step{Text: "Deliver " + name + ": fresh", Value: fmt.Sprintf("delivered %d", len(l.rides))})
	}
	then, l.then = l.then, nil
	return true, nil, then
}

// delivered is what was delivered so far, in order.
func (l *ledger) delivered() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.rides)
}

// times is how often a message was delivered.
func (l *ledger) times(msg string) int { return times(l.delivered(), msg) }

func (l *ledger) asked() int {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}
