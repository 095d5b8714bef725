package idempotence_test

import (
	"context"
	"errors"
	"fmt"
	"unicode"

	"scalelab/labs/ch03-essentials/idempotence"
)

// request is what a client asks of a bank: a deposit if nobody pays.
type request struct {
	key      idempotence.Key
	from, to string
	amount   int64
}

func deposit(key, to string, amount int64) request {
	return request{key: ada(key), to: to, amount: amount}
}

func transfer(key, from, to string, amount int64) request {
	return request{ada(key), from, to, amount}
}

// ada is the client of most requests.
func ada(id string) idempotence.Key { return idempotence.Key{Client: "ada", ID: id} }

// with is the same request with another key.
func (r request) with(key idempotence.Key) request {
	r.key = key
	return r
}

func (r request) String() string {
	key := r.key.ID
	if r.key.Client != "ada" {
		key = fmt.Sprintf("{%q, %q}", r.key.Client, r.key.ID)
	}
	if r.from == "" {
		return fmt.Sprintf("Deposit(%s, %s, %d)", key, shown(r.to), r.amount)
	}
	return fmt.Sprintf("Transfer(%s, %s, %s, %d)", key, shown(r.from), shown(r.to), r.amount)
}

// shown puts quotes round a name that is not an ordinary one.
func shown(account string) string {
	for _, c := range account {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return fmt.Sprintf("%q", account)
		}
	}
	return account
}

// at sends the request to a bank.
func (r request) at(ctx context.Context, bank *idempotence.Bank) answer {
	if r.from == "" {
		receipt, err := bank.Deposit(ctx, r.key, r.to, r.amount)
		return answer{receipt, err}
	}
	receipt, err := bank.Transfer(ctx, r.key, r.from, r.to, r.amount)
	return answer{receipt, err}
}

// answer is what a bank returns; if there is an error, nobody looks at the receipt.
type answer struct {
	receipt idempotence.Receipt
	err     error
}

func receipt(account string, balance int64) answer {
	return answer{receipt: idempotence.Receipt{Account: account, Balance: balance}}
}

func refusal(err error) answer { return answer{err: err} }

func (a answer) String() string {
	if a.err == nil {
		return fmt.Sprintf("receipt: %s has %d", shown(a.receipt.Account), a.receipt.Balance)
	}
	for _, known := range knownErrors {
		if errors.Is(a.err, known.err) {
			return known.name
		}
	}
	return "another error"
}

var (
	errDisk = errors.New("the disk is broken")
	errDied = errors.New("the bank has died")
)

// knownErrors are in the order in which they are looked for.
var knownErrors = []struct {
	err  error
	name string
}{
	{errDied, "no answer: the bank has died"},
	{errDisk, "the store's error"},
	{context.Canceled, "context.Canceled"},
	{idempotence.ErrUnknown, "ErrUnknown"},
	{idempotence.ErrNoAccount, "ErrNoAccount"},
	{idempotence.ErrInvalidAmount, "ErrInvalidAmount"},
	{idempotence.ErrInsufficientFunds, "ErrInsufficientFunds"},
	{idempotence.ErrKeyReused, "ErrKeyReused"},
}
