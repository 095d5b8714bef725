package idempotentbank_test

import (
	"context"
	"errors"
	"fmt"

	"scalelab/labs/ch03-essentials/idempotentbank"
)

// request is a call of Deposit (to is empty) or Transfer.
type request struct {
	from, to string
	amount   int64
}

func deposit(account string, amount int64) request { return request{from: account, amount: amount} }
func transfer(from, to string, amount int64) request {
	return request{from: from, to: to, amount: amount}
}
func named(client, id string) idempotentbank.Key { return idempotentbank.Key{Client: client, ID: id} }
func receipt(account string, balance int64) outcome {
	return outcome{receipt: idempotentbank.Receipt{Account: account, Balance: balance}}
}
func refused(err error) outcome { return outcome{err: err} }

func (r request) isDeposit() bool { return r.to == "" }

func (r request) String() string {
	if r.isDeposit() {
		return fmt.Sprintf("Deposit %d to %s", r.amount, shown(r.from))
	}
	return fmt.Sprintf("Transfer %d from %s to %s", r.amount, shown(r.from), shown(r.to))
}

// shown puts quotes round a name that is not an ordinary one.
func shown(name string) string {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}

func keyText(key idempotentbank.Key) string { return shown(key.Client) + "/" + shown(key.ID) }

// call sends the request.
func (r request) call(ctx context.Context, bank *idempotentbank.Bank, key idempotentbank.Key) outcome {
	var o outcome
	if r.isDeposit() {
		o.receipt, o.err = bank.Deposit(ctx, key, r.from, r.amount)
	} else {
		o.receipt, o.err = bank.Transfer(ctx, key, r.from, r.to, r.amount)
	}
	return o
}

// on says what the request does on its own to some balances, and changes them.
func (r request) on(b balances) outcome {
	if !r.isDeposit() {
		if b[r.from] < r.amount {
			return refused(idempotentbank.ErrInsufficientFunds)
		}
		b[r.from] -= r.amount
		b[r.to] += r.amount
		return receipt(r.from, b[r.from])
	}
	b[r.from] += r.amount
	return receipt(r.from, b[r.from])
}

// outcome is what a call returned.
type outcome struct {
	receipt idempotentbank.Receipt
	err     error
	endless bool // it was ended by the check, because it went on and on
	pending bool // it has not returned
	late    bool // it has returned, and should have returned at once
	plain   bool // it is what Balance returned, without an account
}

var refusals = []struct {
	err  error
	name string
}{
	{idempotentbank.ErrNoAccount, "ErrNoAccount"},
	{idempotentbank.ErrInvalidAmount, "ErrInvalidAmount"},
	{idempotentbank.ErrInsufficientFunds, "ErrInsufficientFunds"},
	{idempotentbank.ErrKeyReused, "ErrKeyReused"},
}

// String is the same in every run: no text of an error, which may name a port.
func (o outcome) String() string {
	switch {
	case o.pending:
		return "nothing: the call has not returned"
	case o.endless:
		return "nothing: the call sends command after command"
	case o.late:
		o.late = false
		return o.String() + ", after a wait"
	case o.err == nil && o.plain:
		return fmt.Sprintf("balance %d", o.receipt.Balance)
	case o.err == nil:
		return fmt.Sprintf("a receipt: %s, balance %d", shown(o.receipt.Account), o.receipt.Balance)
	case o.unknown():
		return "ErrUnknown"
	}
	if name := o.refusal(); name != "" {
		return name
	}
	return "an error that is none of the lab's"
}

func (o outcome) unknown() bool { return errors.Is(o.err, idempotentbank.ErrUnknown) }

// refusal names the error that says why a request was refused, "" if it is none of these.
func (o outcome) refusal() string {
	for _, r := range refusals {
		if errors.Is(o.err, r.err) {
			return r.name
		}
	}
	return ""
}
