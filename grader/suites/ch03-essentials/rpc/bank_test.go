package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

func TestBankFarAwayIsABank(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "A bank far away", func(s *scene) {
			v := s.serve()
			account := &account{s: s, balance: 100}
			rpc.RegisterBank(v.server, account)
			d := s.dialled()
			bank := rpc.NewBankStub(d.client)
			for _, step := range []struct {
				what    string
				account string
				amount  int64 // 0 asks for the balance
				want    string
			}{
				{"the balance", "anna", 0, "100"},
				{"a deposit", "anna", 50, "150"},
				{"a balance at another bank", "bert", 0, "ErrNoAccount"},
				{"a negative deposit", "anna", -1, "ErrBadAmount"},
				{"a deposit that is refused", "anna", 666, `RemoteError{Bank.Deposit, "ask your adviser"}`},
				{"a very large deposit", "anna", math.MaxInt64 - 150, fmt.Sprint(int64(math.MaxInt64))},
				{"the balance in the end", "anna", 0, fmt.Sprint(int64(math.MaxInt64))},
			} {
				got := askBank(s, bank, step.account, step.amount)
				s.same(s.client, step.want, got, "the stub behaves like the bank: %s", step.what)
			}
			s.server.Kill()
			s.settle()
			s.same(s.client, "ErrUnavailable", askBank(s, bank, "anna", 0), "the stub says that the bank cannot be reached")
		})
		play(t, "Many cash desks", manyDesks)
	})
}

// askBank makes a call of the bank and words what it returns.
func askBank(s *scene, bank rpc.Bank, name string, amount int64) string {
	var balance int64
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if amount == 0 {
			balance, err = bank.Balance(s.t.Context(), name)
		} else {
			balance, err = bank.Deposit(s.t.Context(), name, amount)
		}
	}()
	s.settle()
	select {
	case <-done:
	default:
		return waits
	}
	if err != nil {
		return outcome("", err)
	}
	return fmt.Sprint(balance)
}

// manyDesks share one client, and a few more have one of their own.
func manyDesks(s *scene) {
	v := s.serve()
	account := &account{s: s, balance: 0}
	rpc.RegisterBank(v.server, account)
	var desks []*desk
	for range 3 {
		desks = append(desks, s.dialled())
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			_, _ = rpc.NewBankStub(desks[i%len(desks)].client).Deposit(s.t.Context(), "anna", 1)
		})
	}
	s.settle()
	s.same(s.server, int64(60), account.worth(), "the balance after 60 deposits of 1, from 60 desks over 3 connections at the same time")
	synctest.Wait()
	for _, d := range desks {
		s.same(s.client, 0, d.client.Pending(), "calls under way when all have returned")
	}
}

// account is a bank with one account, anna's.
type account struct {
	s       *scene
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
	case amount == 666:
		return 0, errors.New("ask your adviser")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += amount
	a.s.server.Step(spacetime.Step{Text: fmt.Sprint("deposit ", amount), Value: fmt.Sprint("balance ", a.balance)})
	return a.balance, nil
}

func (a *account) worth() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}
