package transfer_test

import (
	"testing"
	"time"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestUsesAccountsUnderTheirLocks(t *testing.T) {
	explore(t,
		func(b *bank) {
			for _, a := range b.accounts {
				a.strict = true
			}
			for _, p := range []payment{{"Ada", "Ben", 5}, {"Ben", "Ada", 50}, {"Cem", "Ada", 5}} {
				b.pay(p)
				b.mustBeUnlocked(p.String())
			}
			b.Balance("Ben")
			b.mustBeUnlocked("Balance(Ben)")
			b.Total()
			b.mustBeUnlocked("Total()")
		},
		func(b *bank) {
			b.start("clerk", func() { b.payIn("Ada", 7) })
			b.mustAllPay(payment{"Ada", "Ben", 5})
			b.mustHave("Ada had 10 and has paid 5 to Ben, and a clerk has paid in 7 for her", 12, 15, 10)
		},
		func(b *bank) {
			b.start("clerk", func() { b.payIn("Cem", 7) })
			b.start("director", func() { b.Balance("Cem"); b.Total() })
			b.everyone.Wait()
		},
	)
}

func (b *bank) mustBeUnlocked(what string) {
	for _, name := range names[:len(b.accounts)] {
		if b.accounts[name].held.Get() {
			b.x.Errorf("%s has returned, but the lock of %s's account is still held", what, name)
		}
	}
}

// payIn is what a clerk does.
func (b *bank) payIn(name string, amount int64) {
	a := b.accounts[name]
	a.Lock()
	a.balance += amount
	a.Unlock()
}

func TestStrangersDoNotWait(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, held := range []string{"Ada", "Ben"} {
			for _, strangers := range []payment{{"Cem", "Dan", 1}, {"Dan", "Cem", 1}} {
				interleave.Explore(t, options, func(x *interleave.Run) {
					b := openFor(x, 4)
					b.mustNotWait(held, payment{"Ada", "Ben", 1}, strangers)
				})
			}
		}
	})
}

// mustNotWait lets a transfer wait for an account that a clerk holds, and demands that another one goes through.
func (b *bank) mustNotWait(held string, waiting, strangers payment) {
	b.accounts[held].Lock()
	b.start(waiting.direction(), func() { b.pay(waiting) })
	b.x.Settle()
	var through interleave.Note[bool]
	b.start(strangers.direction(), func() { b.pay(strangers); through.Set(true) })
	b.x.Settle()
	if !through.Get() {
		b.x.Errorf("A clerk holds %s's account, and %s waits for it. %s needs neither, but it waits, too", held, waiting, strangers)
	}
	b.accounts[held].Unlock()
	b.everyone.Wait()
}

// A day is long enough for everybody who looks from time to time to have looked.
const day = 24 * time.Hour

func TestNobodyPolls(t *testing.T) {
	adaToBen, benToCem := call{"Transfer", payment{"Ada", "Ben", 1}}, call{"Transfer", payment{"Ben", "Cem", 1}}
	explore(t,
		func(b *bank) { b.mustBeBlocked("Ben", adaToBen, benToCem) },
		func(b *bank) { b.mustBeBlocked("Ben", call{op: "Total"}) },
		func(b *bank) { b.mustBeBlocked("Ben", call{"Balance", payment{from: "Ben"}}) },
	)
}

// mustBeBlocked demands that calls try nothing while a clerk holds an account for a day.
func (b *bank) mustBeBlocked(held string, calls ...call) {
	b.accounts[held].Lock()
	for _, c := range calls {
		b.start(c.caller(), func() { b.make(c) })
	}
	b.x.Settle() // whoever tries again and again never lets it return
	before := b.tries()
	for nap := time.Millisecond; nap < day; nap *= 10 { // the sooner a try is noticed, the shorter is the story
		time.Sleep(nap)
		if b.tries() > before {
			b.x.Errorf("A clerk holds %s's account, and nobody has given any lock back; but a %s that had to wait has slept and tried again", held, calls[0].op)
		}
	}
	b.accounts[held].Unlock()
	b.everyone.Wait()
}

func (b *bank) tries() int {
	n := 0
	for _, a := range b.accounts {
		n += a.tries.Get()
	}
	return n
}
