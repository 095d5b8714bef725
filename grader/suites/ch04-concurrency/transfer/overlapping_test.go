package transfer_test

import (
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"

	"scalelab/labs/ch04-concurrency/transfer"
	"scalelab/pkg/interleave"
)

func TestOppositeTransfersFinish(t *testing.T) {
	explore(t,
		func(b *bank) { b.mustAllPay(payment{"Ada", "Ben", 3}, payment{"Ben", "Ada", 5}) },
		func(b *bank) {
			b.mustAllPay(payment{"Ada", "Ben", 1}, payment{"Ben", "Cem", 1}, payment{"Cem", "Ada", 1})
		},
	)
}

// mustAllPay lets payments be made at the same time, and demands that all come to their end.
func (b *bank) mustAllPay(payments ...payment) {
	for _, p := range payments {
		b.start(p.direction(), func() { b.pay(p) })
	}
	b.everyone.Wait()
}

func TestTotalIsAlwaysTheSame(t *testing.T) {
	explore(t,
		func(b *bank) { b.mustCount(1, payment{"Ada", "Cem", 5}) },
		func(b *bank) { b.mustCount(1, payment{"Cem", "Ada", 5}) },
		func(b *bank) { b.mustCount(1, payment{"Ada", "Ben", 3}, payment{"Ben", "Cem", 5}) },
		func(b *bank) { b.mustCount(2, payment{"Ben", "Ada", 5}) },
	)
}

// mustCount lets directors count all the money while payments are made.
func (b *bank) mustCount(directors int, payments ...payment) {
	for director := range directors {
		b.start(fmt.Sprint("director ", director+1), func() {
			if total := b.Total(); total != 30 {
				b.x.Errorf("No money has come into the bank and none has left it: there are 30. But Total returned %d", total)
			}
		})
	}
	b.mustAllPay(payments...)
}

func TestNobodySpendsMoneyTwice(t *testing.T) {
	explore(t,
		func(b *bank) { b.oneMustBeRefused(payment{"Ada", "Ben", 7}, payment{"Ada", "Cem", 7}) },
		func(b *bank) { b.oneMustBeRefused(payment{"Cem", "Ada", 7}, payment{"Cem", "Ada", 7}) },
	)
}

// oneMustBeRefused makes two payments of 7 at the same time from an account with 10.
func (b *bank) oneMustBeRefused(payments ...payment) {
	var done interleave.Note[int]
	for _, p := range payments {
		b.start(p.direction(), func() {
			err := b.pay(p)
			switch {
			case err == nil:
				done.Update(func(n int) int { return n + 1 })
			case name(err) != name(transfer.ErrInsufficientFunds):
				b.x.Errorf("%s returned %s", p, name(err))
			}
		})
	}
	b.everyone.Wait()
	from := b.accounts[payments[0].from]
	if n := done.Get(); n != 1 || from.balance != 3 {
		b.x.Errorf("%s has 10, and two transfers want 7 each: one must get it. %d did, and %s has %d now", from.name, n, from.name, from.balance)
	}
}

func TestEveryCallIsOneStep(t *testing.T) {
	adaToBen := call{"Transfer", payment{"Ada", "Ben", 5}}
	benToCem := call{"Transfer", payment{"Ben", "Cem", 12}}
	intoAda, intoCem := call{"PayIn", payment{"", "Ada", 100}}, call{"PayIn", payment{"", "Cem", 1}}
	ada, ben, total := call{"Balance", payment{from: "Ada"}}, call{"Balance", payment{from: "Ben"}}, call{op: "Total"}
	explore(t,
		func(b *bank) { b.oneStepEach([]call{adaToBen}, []call{ada, ben}) },
		func(b *bank) { b.oneStepEach([]call{adaToBen}, []call{ben, ada, total}) },
		func(b *bank) { b.oneStepEach([]call{adaToBen}, []call{benToCem}, []call{ben}) },
		func(b *bank) { b.oneStepEach([]call{intoAda, intoCem}, []call{total}) },
		func(b *bank) { b.oneStepEach([]call{intoCem, intoAda}, []call{total}) },
	)
}

// oneStepEach lets callers make calls at the same time, and demands that some order of them explains all results.
func (b *bank) oneStepEach(callers ...[]call) {
	for i, calls := range callers {
		b.start(fmt.Sprint("caller ", i+1), func() {
			for _, c := range calls {
				interleave.Call(b.x, i, c, func() string { return b.make(c) })
			}
		})
	}
	b.everyone.Wait()
	b.x.Linearizable(ledger)
}

// call is one call of a method, or a payment by a clerk, for histories; what it returns is written as text.
type call struct {
	op string
	payment
}

func (c call) String() string {
	switch c.op {
	case "Transfer":
		return c.payment.String()
	case "Balance":
		return fmt.Sprintf("Balance(%s)", c.from)
	case "PayIn":
		return fmt.Sprintf("a clerk pays in %d for %s", c.amount, c.to)
	}
	return "Total()"
}

// caller is a name for the goroutine that makes the call.
func (c call) caller() string {
	if c.op == "Transfer" {
		return c.direction()
	}
	return "who calls " + c.op
}

func (b *bank) make(c call) string {
	switch c.op {
	case "Transfer":
		return name(b.pay(c.payment))
	case "Balance":
		balance, _ := b.Balance(c.from)
		return fmt.Sprint(balance)
	case "PayIn":
		b.payIn(c.to, c.amount)
		return "done"
	}
	return fmt.Sprint(b.Total())
}

// ledger is what a bank is, one call at a time: how much everybody has, in the order of names.
var ledger = porcupine.Model{
	Init: func() any { return [3]int64{10, 10, 10} },
	Step: func(state, input, output any) (bool, any) {
		have, c := state.([3]int64), input.(call)
		switch c.op {
		case "Balance":
			return output == fmt.Sprint(have[number(c.from)]), have
		case "Total":
			return output == fmt.Sprint(have[0]+have[1]+have[2]), have
		case "PayIn":
			have[number(c.to)] += c.amount
			return true, have
		}
		if have[number(c.from)] < c.amount {
			return output == name(transfer.ErrInsufficientFunds), have
		}
		have[number(c.from)] -= c.amount
		have[number(c.to)] += c.amount
		return output == "nil", have
	},
}

func number(customer string) int {
	for i, name := range names {
		if name == customer {
			return i
		}
	}
	return -1
}
