package idempotentbank

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Bank loads its script in New, and again whenever Redis does not know it. What is remembered is a plain string, "<balance> <request>",
// set with its TTL by one SET.
type Bank struct {
	rdb *redis.Client
	ttl string
	sha string
}

const source = `
local known = redis.call('GET', KEYS[1])
if known then return known end
for i = 2, #KEYS do
	if redis.call('EXISTS', KEYS[i]) == 0 then return 'no account' end
end
local last = KEYS[#KEYS]
if #KEYS == 3 then
	if redis.call('DECRBY', KEYS[2], ARGV[2]) < 0 then
		redis.call('INCRBY', KEYS[2], ARGV[2])
		return 'insufficient funds'
	end
end
redis.call('INCRBY', last, ARGV[2])
local text = redis.call('GET', KEYS[2]) .. ' ' .. ARGV[1]
redis.call('SET', KEYS[1], text, 'PX', ARGV[3])
return text
`

// New returns a bank on the Redis of rdb.
func New(rdb *redis.Client, opts Options) *Bank {
	if rdb == nil {
		panic("idempotentbank: rdb is nil")
	}
	if opts.KeyTTL < 0 {
		panic("idempotentbank: KeyTTL is negative")
	}
	if opts.KeyTTL == 0 {
		opts.KeyTTL = DefaultKeyTTL
	}
	// A failure is no matter: run loads what Redis does not know.
	rdb.ScriptLoad(context.Background(), source)
	return &Bank{rdb: rdb, ttl: strconv.FormatInt(int64(opts.KeyTTL/time.Millisecond), 10), sha: redis.NewScript(source).Hash()}
}

// Deposit adds amount to account.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.do(ctx, key, amount, account)
}

// Transfer moves amount between two accounts.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.do(ctx, key, amount, from, to)
}

// Balance reads an account.
func (b *Bank) Balance(ctx context.Context, account string) (int64, error) {
	n, err := b.rdb.Get(ctx, AccountKey(account)).Int64()
	switch {
	case errors.Is(err, redis.Nil):
		return 0, ErrNoAccount
	case err != nil:
		return 0, fmt.Errorf("idempotentbank: balance: %w", err)
	}
	return n, nil
}

// do runs the script and compares the request that the key is remembered with to this one. The number of accounts is the operation.
func (b *Bank) do(ctx context.Context, key Key, amount int64, accounts ...string) (Receipt, error) {
	if amount < 1 {
		return Receipt{}, ErrInvalidAmount
	}
	id, _ := json.Marshal([]string{key.Client, key.ID})
	request, _ := json.Marshal(struct {
		Accounts []string
		Amount   int64
	}{accounts, amount})
	keys := []string{"done" + string(id)}
	for _, name := range accounts {
		keys = append(keys, AccountKey(name))
	}
	text, err := b.run(ctx, keys, string(request), amount, b.ttl)
	var answer redis.Error
	switch {
	case errors.As(err, &answer):
		return Receipt{}, err
	case err != nil:
		return Receipt{}, fmt.Errorf("%w (%w)", ErrUnknown, err)
	case text == "no account":
		return Receipt{}, ErrNoAccount
	case text == "insufficient funds":
		return Receipt{}, ErrInsufficientFunds
	}
	balance, known, _ := strings.Cut(text, " ")
	if known != string(request) {
		return Receipt{}, ErrKeyReused
	}
	n, err := strconv.ParseInt(balance, 10, 64)
	return Receipt{Account: accounts[0], Balance: n}, err
}

func (b *Bank) run(ctx context.Context, keys []string, args ...any) (string, error) {
	for {
		text, err := b.rdb.EvalSha(ctx, b.sha, keys, args...).Text()
		if !redis.HasErrorPrefix(err, "NOSCRIPT") {
			return text, err
		}
		if err := b.rdb.ScriptLoad(ctx, source).Err(); err != nil {
			return "", err
		}
	}
}
