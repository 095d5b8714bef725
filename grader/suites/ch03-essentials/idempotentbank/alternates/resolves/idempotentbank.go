package idempotentbank

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// attempts is how often a request is sent before the bank leaves it to the client.
const attempts = 3

// Bank clears up by itself what is unknown: it is a client of its own script, and a repeat is always safe. One script serves both
// operations; it is sent in full each time, so there is nothing that Redis could forget.
type Bank struct {
	rdb *redis.Client
	ttl time.Duration
}

// New returns a bank on the Redis of rdb.
func New(rdb *redis.Client, opts Options) *Bank {
	if rdb == nil || opts.KeyTTL < 0 {
		panic("idempotentbank: New needs a client and a KeyTTL of 0 or more")
	}
	b := &Bank{rdb: rdb, ttl: opts.KeyTTL}
	if b.ttl == 0 {
		b.ttl = DefaultKeyTTL
	}
	return b
}

// script takes from KEYS[2] unless ARGV[3] is empty, and adds to KEYS[3]; of KEYS[ARGV[4]] it tells the balance. What is remembered
// is a list: the digest of the request, and the balance.
const script = `
local known = redis.call('LRANGE', KEYS[1], 0, -1)
if #known > 0 then
	if known[1] == ARGV[1] then return known[2] end
	return redis.error_reply('KEYREUSED')
end
local to = redis.call('GET', KEYS[3])
if not to then return redis.error_reply('NOACCOUNT') end
if ARGV[3] ~= '' then
	local from = redis.call('GET', KEYS[2])
	if not from then return redis.error_reply('NOACCOUNT') end
	-- As texts without leading zeros, the longer number is the larger one; of two of one length the later in the alphabet.
	if #from < #ARGV[2] or (#from == #ARGV[2] and from < ARGV[2]) then return redis.error_reply('FUNDS') end
	redis.call('DECRBY', KEYS[2], ARGV[2])
end
redis.call('INCRBY', KEYS[3], ARGV[2])
local balance = redis.call('GET', KEYS[tonumber(ARGV[4])])
redis.call('RPUSH', KEYS[1], ARGV[1], balance)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return balance
`

// Deposit adds amount to account.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.resolve(ctx, key, account, amount, "", account)
}

// Transfer moves amount between two accounts.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.resolve(ctx, key, from, amount, from, to)
}

// Balance reads an account.
func (b *Bank) Balance(ctx context.Context, account string) (int64, error) {
	n, err := b.rdb.Get(ctx, AccountKey(account)).Int64()
	if err == redis.Nil {
		err = ErrNoAccount
	}
	return n, err
}

func (b *Bank) resolve(ctx context.Context, key Key, account string, amount int64, from, to string) (Receipt, error) {
	if amount < 1 {
		return Receipt{}, ErrInvalidAmount
	}
	told := "3"
	if from != "" {
		told = "2"
	}
	keys := []string{"request:" + digest(key.Client, key.ID), AccountKey(from), AccountKey(to)}
	var balance int64
	var err error
	for range attempts {
		balance, err = b.rdb.Eval(ctx, script, keys, digest(from, to, fmt.Sprint(amount)), amount, from, told, b.ttl.Milliseconds()).Int64()
		if err == nil {
			return Receipt{Account: account, Balance: balance}, nil
		}
		if refusal, ok := refused(err); ok {
			return Receipt{}, refusal
		}
	}
	return Receipt{}, errors.Join(ErrUnknown, err)
}

// refused translates what the script answers.
func refused(err error) (error, bool) {
	for word, refusal := range map[string]error{"KEYREUSED": ErrKeyReused, "NOACCOUNT": ErrNoAccount, "FUNDS": ErrInsufficientFunds} {
		if redis.HasErrorPrefix(err, word) || redis.HasErrorPrefix(err, "ERR "+word) {
			return refusal, true
		}
	}
	return nil, false
}

// digest is the same for the same texts, in the same order, only: each goes in with its length.
func digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		h.Write(binary.AppendUvarint(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	return hex.EncodeToString(h.Sum(nil))
}
