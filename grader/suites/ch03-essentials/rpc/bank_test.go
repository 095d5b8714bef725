package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

func TestBankFarAwayIsABank(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "A bank far away", func(s *scene) {
			account := &account{balance: 100}
			rpc.RegisterBank(s.serve().server, account)
			desks := []rpc.Bank{rpc.NewBankStub(s.dialled().client), rpc.NewBankStub(s.dialled().client)}
			for i, step := range []struct {
				account string
				amount  int64 // 0 asks for the balance
				want    string
			}{
				{"anna", 0, "100"},
				{"anna", 50, "150"},
				{"anna", 0, "150"},
				{"bert", 0, "ErrNoAccount"},
				{"bert", 50, "ErrNoAccount"},
				{"anna", -1, "ErrBadAmount"},
				{"anna", refused, "RemoteError{Bank.Deposit, \"ask your adviser\"}"},
				{"anna", math.MaxInt64 - 150, fmt.Sprint(int64(math.MaxInt64))},
				{"anna", 0, fmt.Sprint(int64(math.MaxInt64))},
			} {
				s.askBank(desks[i%2], fmt.Sprintf("cash desk %d", i%2+1), account, step.account, step.amount, step.want)
			}
			s.kill()
			s.askBank(desks[0], "cash desk 1", account, "anna", 0, "ErrUnavailable")
		})
	})
}

// askBank makes a call of the stub, and fails unless it returns what the bank would.
func (s *scene) askBank(bank rpc.Bank, desk string, account *account, name string, amount int64, want string) {
	s.t.Helper()
	var balance int64
	var err error
	done := make(chan struct{})
	what := fmt.Sprintf("Deposit(%s, %d)", name, amount)
	if amount == 0 {
		what = fmt.Sprintf("Balance(%s)", name)
	}
	asked := s.does(desk, what)
	go func() {
		defer close(done)
		if amount == 0 {
			balance, err = bank.Balance(s.t.Context(), name)
		} else {
			balance, err = bank.Deposit(s.t.Context(), name, amount)
		}
	}()
	s.settle()
	got := waits
	select {
	case <-done:
		got = fmt.Sprint(balance)
		if err != nil {
			got = outcome("", err)
		}
	default:
	}
	if got == want && want != "ErrUnavailable" {
		called := s.step("server", spacetime.Step{Text: "the bank: " + what, Value: fmt.Sprint("balance ", account.worth())})
		s.recorder.Diagram.AddArrow(asked, called)
		s.leads(called, desk, got)
	}
	s.same(desk, want, got, "the stub returns what the bank returns to %s", what)
}

// refused is an amount that the bank does not like, for a reason that is not among the errors of every bank.
const refused = 666

// account is a bank with one account, anna's.
type account struct {
	mu      sync.Mutex
	balance int64
}

func (a *account) Balance(_ context.Context, name string) (int64, error) {
	if name != "anna" {
		return 0, fmt.Errorf("balance: %w", rpc.ErrNoAccount)
	}
	return a.worth(), nil
}

func (a *account) Deposit(_ context.Context, name string, amount int64) (int64, error) {
	switch {
	case name != "anna":
		return 0, fmt.Errorf("deposit: %w", rpc.ErrNoAccount)
	case amount <= 0:
		return 0, fmt.Errorf("deposit: %w", rpc.ErrBadAmount)
	case amount == refused:
		return 0, errors.New("ask your adviser")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += amount
	return a.balance, nil
}

func (a *account) worth() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}
