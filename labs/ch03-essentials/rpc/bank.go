package rpc

import (
	"context"
	"encoding/json"
	"errors"
)

// Bank keeps accounts. The bank itself and the stub of a bank far away are both a Bank: who calls one need not know which it is,
// except that every call of the stub may also fail with an error of Call.
type Bank interface {
	// Balance returns what is on the account. It fails with ErrNoAccount if there is no such account.
	Balance(ctx context.Context, account string) (int64, error)

	// Deposit puts amount on the account and returns the new balance. It fails with ErrNoAccount, or with ErrBadAmount if the
	// amount is not positive.
	Deposit(ctx context.Context, account string, amount int64) (int64, error)
}

// The errors of a Bank, which may be wrapped: compare with errors.Is.
var (
	ErrNoAccount = errors.New("no such account")
	ErrBadAmount = errors.New("amount is not positive")
)

// The names under which a bank is registered.
const (
	balanceName = "Bank.Balance"
	depositName = "Bank.Deposit"
)

// bankArgs are the arguments of every operation of a bank.
type bankArgs struct {
	Account string
	Amount  int64
}

// bankResult is the balance, or which of the bank's errors there is instead. An error itself does not cross the network: on the
// other side it would be another value, and errors.Is would not know it.
type bankResult struct {
	Balance int64
	Refused string
}

// refusals are the bank's own errors, and what they are called on the wire.
var refusals = map[string]error{"no account": ErrNoAccount, "bad amount": ErrBadAmount}

// RegisterBank is the skeleton: it lets the clients of s call bank.
func RegisterBank(s *Server, bank Bank) {
	if bank == nil {
		panic("rpc: RegisterBank needs a bank")
	}
	register := func(name string, operation func(context.Context, bankArgs) (int64, error)) {
		s.Register(name, func(ctx context.Context, payload []byte) ([]byte, error) {
			var args bankArgs
			if err := json.Unmarshal(payload, &args); err != nil {
				return nil, err
			}
			balance, err := operation(ctx, args)
			for refused, sentinel := range refusals {
				if errors.Is(err, sentinel) {
					return json.Marshal(bankResult{Refused: refused})
				}
			}
			if err != nil {
				return nil, err
			}
			return json.Marshal(bankResult{Balance: balance})
		})
	}
	register(balanceName, func(ctx context.Context, a bankArgs) (int64, error) { return bank.Balance(ctx, a.Account) })
	register(depositName, func(ctx context.Context, a bankArgs) (int64, error) { return bank.Deposit(ctx, a.Account, a.Amount) })
}

// BankStub is the stub: a Bank that is somewhere else. It is what a generator would write from the interface Bank.
type BankStub struct{ client *Client }

var _ Bank = (*BankStub)(nil)

// NewBankStub returns the bank at the other end of the client's connection.
func NewBankStub(c *Client) *BankStub {
	if c == nil {
		panic("rpc: NewBankStub needs a client")
	}
	return &BankStub{c}
}

// Balance asks the bank for the balance of the account.
func (b *BankStub) Balance(ctx context.Context, account string) (int64, error) {
	return b.call(ctx, balanceName, bankArgs{Account: account})
}

// Deposit asks the bank to put amount on the account.
func (b *BankStub) Deposit(ctx context.Context, account string, amount int64) (int64, error) {
	return b.call(ctx, depositName, bankArgs{account, amount})
}

func (b *BankStub) call(ctx context.Context, name string, args bankArgs) (int64, error) {
	var result bankResult
	if err := b.client.Call(ctx, name, args, &result); err != nil {
		return 0, err
	}
	if err, refused := refusals[result.Refused]; refused {
		return 0, err
	}
	return result.Balance, nil
}
