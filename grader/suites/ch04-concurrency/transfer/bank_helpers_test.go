package transfer_test

import (
	"fmt"
	"sync"
	"testing"

	"scalelab/labs/ch04-concurrency/transfer"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options leave it to TestLeavesNoGoroutine to judge what is left behind. No right bank needs nearly as many steps.
var options = interleave.Options{Leftovers: true, Steps: 1000, Random: 200, Schedules: 600}

// explore plays each scene in a bank of its own, in many orders.
func explore(t *testing.T, scenes ...func(b *bank)) {
	check.Run(t, func(t *check.T) {
		for _, scene := range scenes {
			interleave.Explore(t, options, func(x *interleave.Run) { scene(open(x)) })
		}
	})
}

// bank is the student's bank and what is in it: Ada, Ben and Cem have 10 each.
type bank struct {
	*transfer.Bank
	x        *interleave.Run
	accounts map[string]*account
	everyone sync.WaitGroup // those whom start has started
}

// names are in order. The bank gets its accounts in another order.
var names = [...]string{"Ada", "Ben", "Cem", "Dan"}

func open(x *interleave.Run) *bank { return openFor(x, 3) }

func openFor(x *interleave.Run, customers int) *bank {
	b := &bank{x: x, accounts: make(map[string]*account)}
	var accounts []transfer.Account
	for i := range customers {
		a := &account{x: x, name: names[(i+1)%customers], balance: 10}
		x.Name(&a.lock, a.name+"'s lock")
		b.accounts[a.name], accounts = a, append(accounts, a)
	}
	x.Name(&b.everyone, "everyone")
	b.Bank = transfer.NewBank(accounts)
	return b
}

// start lets somebody act at the same time as everybody else.
func (b *bank) start(name string, act func()) {
	b.everyone.Add(1)
	b.x.Go(name, func() {
		act()
		b.everyone.Done()
	})
}

// payment is one transfer.
type payment struct {
	from, to string
	amount   int64
}

func (p payment) String() string { return fmt.Sprintf("Transfer(%s, %s, %d)", p.from, p.to, p.amount) }

// direction is a name for the goroutine that makes the payment.
func (p payment) direction() string { return p.from + " to " + p.to }

func (b *bank) pay(p payment) error { return b.Transfer(p.from, p.to, p.amount) }

// mustHave demands that Ada, Ben and Cem have so much, each account by itself. Nobody else may be using the accounts.
func (b *bank) mustHave(why string, want ...int64) {
	for i, want := range want {
		if have := b.accounts[names[i]].balance; have != want {
			b.x.Errorf("%s: now %s must have %d, but has %d", why, names[i], want, have)
		}
		have, err := b.Balance(names[i])
		if err != nil || have != want {
			b.x.Errorf("%s has %d, but Balance(%s) returned %d and the error %s", names[i], want, names[i], have, name(err))
		}
	}
}

// account is an account. It writes down, unseen by the scheduler, what the checks need to know.
type account struct {
	x       *interleave.Run
	name    string
	lock    sync.Mutex
	balance int64 // guarded by lock

	strict bool // whoever uses it without the lock is told so
	held   interleave.Note[bool]
	tries  interleave.Note[int] // calls of Lock and TryLock
}

// Name implements transfer.Account.
func (a *account) Name() string { return a.name }

// Lock implements transfer.Account.
func (a *account) Lock() {
	a.tried()
	a.lock.Lock()
	a.held.Set(true)
}

// TryLock implements transfer.Account.
func (a *account) TryLock() bool {
	a.tried()
	taken := a.lock.TryLock()
	if taken {
		a.held.Set(true)
	}
	return taken
}

func (a *account) tried() { a.tries.Update(func(n int) int { return n + 1 }) }

// Unlock implements transfer.Account.
func (a *account) Unlock() {
	if !a.held.Get() {
		a.x.Errorf("%s's account is unlocked, but nobody holds its lock", a.name)
	}
	a.held.Set(false)
	a.lock.Unlock()
}

// Balance implements transfer.Account.
func (a *account) Balance() int64 {
	a.mustBeHeld("read")
	return a.balance
}

// Add implements transfer.Account.
func (a *account) Add(amount int64) {
	a.mustBeHeld("changed")
	a.balance += amount
}

func (a *account) mustBeHeld(what string) {
	if a.strict && !a.held.Get() {
		a.x.Errorf("%s's balance is %s, but nobody holds the lock of this account", a.name, what)
	}
}
