package idempotentbank

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Bank keeps accounts in Redis and carries out each request once, however often it is sent.
//
// A request is one script. Redis runs a script to its end before it looks at anything else, so the key is remembered and the
// balances are changed in one step that nobody sees half-done, and that a dying process has sent or has not sent.
type Bank struct {
	rdb    *redis.Client
	keyTTL int64 // in milliseconds
}

// The scripts answer {outcome} or {"done", balance}. KEYS: the idempotence key, then the accounts. ARGV: the request, the amount,
// the TTL in milliseconds. Amounts are texts from end to end: Redis counts with 64-bit integers, Lua with floating-point numbers. Of what
// INCRBY and DECRBY return only the sign is exact in Lua, and the sign is all that is looked at.
var (
	deposit = redis.NewScript(begin + `
if redis.call('EXISTS', KEYS[2]) == 0 then return {'no account'} end
redis.call('INCRBY', KEYS[2], ARGV[2])
` + remember)

	transfer = redis.NewScript(begin + `
if redis.call('EXISTS', KEYS[2]) == 0 or redis.call('EXISTS', KEYS[3]) == 0 then return {'no account'} end
if redis.call('DECRBY', KEYS[2], ARGV[2]) < 0 then
	redis.call('INCRBY', KEYS[2], ARGV[2])
	return {'insufficient funds'}
end
redis.call('INCRBY', KEYS[3], ARGV[2])
` + remember)
)

// begin and remember are what every script does with the key, before and after the change.
const (
	begin = `
local known = redis.call('HMGET', KEYS[1], 'request', 'balance')
if known[1] then
	if known[1] ~= ARGV[1] then return {'key reused'} end
	return {'done', known[2]}
end
`
	remember = `
local balance = redis.call('GET', KEYS[2])
redis.call('HSET', KEYS[1], 'request', ARGV[1], 'balance', balance)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'done', balance}
`
)

// refusals are the outcomes of a script that changed nothing.
var refusals = map[string]error{
	"no account":         ErrNoAccount,
	"insufficient funds": ErrInsufficientFunds,
	"key reused":         ErrKeyReused,
}

// New returns a bank on the Redis of rdb.
func New(rdb *redis.Client, opts Options) *Bank {
	if rdb == nil {
		panic("idempotentbank: New needs a Redis client")
	}
	if opts.KeyTTL == 0 {
		opts.KeyTTL = DefaultKeyTTL
	}
	ms := opts.KeyTTL.Milliseconds()
	if ms < 1 || opts.KeyTTL%1_000_000 != 0 {
		panic("idempotentbank: New needs a KeyTTL of whole milliseconds")
	}
	return &Bank{rdb: rdb, keyTTL: ms}
}

// Deposit adds amount to account, once for each key.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.carryOut(ctx, deposit, key, fmt.Sprintf("deposit %q %d", account, amount), amount, account)
}

// Transfer moves amount between two accounts, once for each key.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.carryOut(ctx, transfer, key, fmt.Sprintf("transfer %q %q %d", from, to, amount), amount, from, to)
}

// carryOut runs the script. The first of the accounts is the one of the receipt.
func (b *Bank) carryOut(ctx context.Context, script *redis.Script, key Key, request string, amount int64, accounts ...string) (Receipt, error) {
	if amount < 1 {
		return Receipt{}, ErrInvalidAmount
	}
	keys := []string{recordKey(key)}
	for _, account := range accounts {
		keys = append(keys, AccountKey(account))
	}
	// Run sends the script's hash, and the script itself if Redis does not know the hash (any more).
	answer, err := script.Run(ctx, b.rdb, keys, request, amount, b.keyTTL).StringSlice()
	if err != nil {
		return Receipt{}, classify(err)
	}
	if refusal, ok := refusals[answer[0]]; ok {
		return Receipt{}, refusal
	}
	balance, err := strconv.ParseInt(answer[1], 10, 64)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: balance: %w", ErrUnknown, err)
	}
	return Receipt{Account: accounts[0], Balance: balance}, nil
}

// Balance returns what is in account, or ErrNoAccount.
func (b *Bank) Balance(ctx context.Context, account string) (int64, error) {
	balance, err := b.rdb.Get(ctx, AccountKey(account)).Int64()
	if errors.Is(err, redis.Nil) {
		return 0, ErrNoAccount
	}
	return balance, err
}

// classify tells an answer of Redis from the absence of one, after which anything may have happened.
func classify(err error) error {
	var answer redis.Error
	if errors.As(err, &answer) {
		return fmt.Errorf("idempotentbank: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}

// recordKey is where a key is remembered. The quotes keep two keys apart whatever their texts are.
func recordKey(key Key) string { return fmt.Sprintf("idempotence:%q:%q", key.Client, key.ID) }
