// Package transfer_test is the hidden suite of the lab transfer. The rules stand in the lab's lab.yaml.
//
//	suite_test.go         one call after the other
//	overlapping_test.go   calls at the same time: do they end, and what comes of them
//	clerk_test.go         others who use the accounts, too: whose locks, who waits, and how
//	bank_helpers_test.go  a bank and its accounts
//
// Each check opens a bank and plays a scene in every order that matters (package interleave).
package transfer_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/transfer"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestMovesMoney(t *testing.T) {
	explore(t, func(b *bank) {
		b.mustPay("Ada", "Ben", 4)
		b.mustHave("Ada has paid 4 to Ben", 6, 14, 10)
		b.mustPay("Ben", "Cem", 14)
		b.mustHave("and Ben has paid all his 14 to Cem", 6, 0, 24)
		require.EqualValues(b.x, 30, b.Total(), "Total, when 10 were paid into each of three accounts")
		_, err := b.Balance("Zoe")
		b.mustBe(transfer.ErrUnknownAccount, err, "Balance of Zoe, who has no account")
		require.Zero(b.x, transfer.NewBank(nil).Total(), "Total of a bank that has no account")
	})
}

func TestRefusedTransfersChangeNothing(t *testing.T) {
	refused := []struct {
		from, to string
		amount   int64
		want     error
	}{
		{"Ada", "Zoe", 1, transfer.ErrUnknownAccount},
		{"Zoe", "Ada", 1, transfer.ErrUnknownAccount},
		{"Zoe", "Zoe", 1, transfer.ErrUnknownAccount},
		{"Ada", "Ben", 0, transfer.ErrInvalidAmount},
		{"Ada", "Ben", -5, transfer.ErrInvalidAmount},
		{"Ada", "Ada", 0, transfer.ErrInvalidAmount},
		{"Ada", "Ada", -5, transfer.ErrInvalidAmount},
		{"Ada", "Ben", 11, transfer.ErrInsufficientFunds},
	}
	explore(t, func(b *bank) {
		for _, r := range refused {
			p := payment{r.from, r.to, r.amount}
			b.mustBe(r.want, b.pay(p), p.String())
			b.mustHave(p.String()+" was refused", 10, 10, 10)
		}
	})
}

func TestTransferToOneself(t *testing.T) {
	explore(t, func(b *bank) {
		b.mustPay("Ada", "Ada", 4)
		b.mustHave("Ada has paid 4 to herself", 10, 10, 10)
		p := payment{"Ada", "Ada", 11}
		b.mustBe(transfer.ErrInsufficientFunds, b.pay(p), p.String())
		b.mustHave(p.String()+" was refused", 10, 10, 10)
	})
}

func TestLeavesNoGoroutine(t *testing.T) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
			b := open(x)
			b.pay(payment{"Ada", "Ben", 4})
			b.Balance("Ada")
			b.Total()
			b.pay(payment{"Ada", "Ben", 40})
		})
	})
}

// mustPay demands that a transfer is not refused.
func (b *bank) mustPay(from, to string, amount int64) {
	p := payment{from, to, amount}
	b.mustBe(nil, b.pay(p), p.String())
}

func (b *bank) mustBe(want, have error, what string) {
	if !errors.Is(have, want) {
		b.x.Errorf("%s must return %s; it returned %s", what, name(want), name(have))
	}
}

func name(err error) string {
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, transfer.ErrUnknownAccount):
		return "ErrUnknownAccount"
	case errors.Is(err, transfer.ErrInvalidAmount):
		return "ErrInvalidAmount"
	case errors.Is(err, transfer.ErrInsufficientFunds):
		return "ErrInsufficientFunds"
	}
	return "another error"
}
