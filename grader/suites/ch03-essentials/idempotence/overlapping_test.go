package idempotence_test

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"scalelab/labs/ch03-essentials/idempotence"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// meeting is a scene in which clients meet: at one bank or at two, with one vault.
type meeting struct {
	x       *interleave.Run
	vault   *vault
	banks   []*idempotence.Bank
	clients sync.WaitGroup
}

// meet plays scenes in many orders.
func meet(t *testing.T, banks []int, scenes ...func(m *meeting)) {
	check.Run(t, func(t *check.T) {
		for _, scene := range scenes {
			for _, n := range banks {
				explore(t, n, scene)
			}
		}
	})
}

// explore plays a scene with n banks.
func explore(t *check.T, n int, scene func(m *meeting)) {
	interleave.Explore(t, interleave.Options{Random: 200, Schedules: 600}, func(x *interleave.Run) {
		m := &meeting{x: x, vault: newVault()}
		x.Name(&m.vault.mu, "the store")
		for range n {
			m.banks = append(m.banks, idempotence.NewBank(&store{m.vault, nil}, time.Now, time.Hour))
		}
		scene(m)
	})
}

func TestEqualRequestsAtOnce(t *testing.T) {
	meet(t, []int{1, 2},
		func(m *meeting) { m.equal(deposit("k1", "Ada", 50), "Ada 150, Ben 100") },
		func(m *meeting) { m.equal(transfer("k1", "Ada", "Ben", 30), "Ada 70, Ben 130") },
	)
}

// equal lets two clients send the same request at the same time, and one of them once more.
func (m *meeting) equal(r request, then string) {
	var first interleave.Note[string]
	for i := range 2 {
		m.start(i, func(bank *idempotence.Bank) {
			for range 2 - i {
				a := r.at(context.Background(), bank)
				if a.err != nil {
					m.x.Errorf("%s was sent twice at the same time, and both must get its receipt; but one got %s", r, a)
				}
				first.Update(func(earlier string) string { return cmp.Or(earlier, a.String()) })
				if first.Get() != a.String() {
					m.x.Errorf("%s was sent twice at the same time, and both must get the same receipt; but one got %q and one %q", r, first.Get(), a)
				}
			}
		})
	}
	m.clients.Wait()
	if have := m.vault.balances(); have != then {
		m.x.Errorf("%s was sent several times with the same key, and must be carried out once: %q. But the store has %q", r, then, have)
	}
}

// start lets a client act at the same time as everybody else. With two banks, each client has its own.
func (m *meeting) start(client int, act func(bank *idempotence.Bank)) {
	m.clients.Add(1)
	m.x.Go(fmt.Sprint("client ", client+1), func() {
		act(m.banks[client%len(m.banks)])
		m.clients.Done()
	})
}

func TestEveryCallIsOneStep(t *testing.T) {
	adaToBen, benToAda := transfer("k1", "Ada", "Ben", 30), transfer("k2", "Ben", "Ada", 50)
	different := []func(m *meeting){
		calls([]request{adaToBen}, []request{benToAda}),
		calls([]request{transfer("k1", "Ada", "Ben", 70)}, []request{transfer("k2", "Ada", "Ben", 60)}),
		calls([]request{adaToBen, adaToBen}, []request{deposit("k2", "Ada", 5)}),
	}
	check.Run(t, func(t *check.T) {
		for _, scene := range different {
			explore(t, 1, scene)
		}
		explore(t, 1, calls([]request{adaToBen}, []request{adaToBen, deposit("k2", "Ben", 5)}))
		for _, scene := range different { // equal requests at two banks are for TestEqualRequestsAtOnce
			explore(t, 2, scene)
		}
	})
}

// calls lets clients make calls at the same time, and demands that some order of them explains all answers, and what is in the store
// when all have ended.
func calls(clients ...[]request) func(m *meeting) {
	return func(m *meeting) {
		for i, requests := range clients {
			m.start(i, func(bank *idempotence.Bank) {
				for _, r := range requests {
					interleave.Call(m.x, i+1, r, func() string { return r.at(context.Background(), bank).String() })
				}
			})
		}
		m.clients.Wait()
		interleave.Call(m.x, 0, look, m.vault.balances)
		m.x.Linearizable(book)
	}
}

// page is what a bank is, one call at a time: what Ada and Ben have, and for the keys k1 and k2 the request and its answer.
type page struct {
	ada, ben int64
	requests [2]request
	answers  [2]string
}

// look asks what is in the store when all calls have ended.
const look = "the store"

// book is a model of the bank.
var book = porcupine.Model{
	Init: func() any { return page{ada: 100, ben: 100} },
	Step: func(state, input, output any) (bool, any) {
		p := state.(page)
		if input == look {
			return output == fmt.Sprintf("Ada %d, Ben %d", p.ada, p.ben), p
		}
		want, after := p.carryOut(input.(request))
		return output == want, after
	},
}

// carryOut is the answer to a request, and the page after it.
func (p page) carryOut(r request) (string, page) {
	k := 0
	if r.key == ada("k2") {
		k = 1
	}
	switch known := p.requests[k]; {
	case known == r:
		return p.answers[k], p
	case known != request{}:
		return refusal(idempotence.ErrKeyReused).String(), p
	}
	after := p
	if r.from != "" && *after.account(r.from) < r.amount {
		return refusal(idempotence.ErrInsufficientFunds).String(), p
	}
	*after.account(r.to) += r.amount
	about := r.to
	if r.from != "" {
		*after.account(r.from) -= r.amount
		about = r.from
	}
	answer := receipt(about, *after.account(about)).String()
	after.requests[k], after.answers[k] = r, answer
	return answer, after
}

func (p *page) account(name string) *int64 {
	if name == "Ada" {
		return &p.ada
	}
	return &p.ben
}
