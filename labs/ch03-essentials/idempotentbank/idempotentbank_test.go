package idempotentbank_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/services"
)

// These tests are a part of what is graded, in a form that can be read. They run with nothing installed: services.Redis starts a
// small Redis inside the test's process. With them green your interface is right; the graded checks let the process die and the
// answers get lost at each of your commands.

// open makes a bank on a Redis of its own, in which alice has 100 and bob has 20. eye looks at that Redis.
func open(t *testing.T) (server *services.RedisServer, bank *idempotentbank.Bank, eye *redis.Client) {
	server = services.Redis(t)
	eye = server.Observer()
	require.NoError(t, eye.Set(t.Context(), "account:alice", 100, 0).Err())
	require.NoError(t, eye.Set(t.Context(), "account:bob", 20, 0).Err())
	return server, idempotentbank.New(server.Client(), idempotentbank.Options{}), eye
}

func key(id string) idempotentbank.Key { return idempotentbank.Key{Client: "ann", ID: id} }

func TestDepositAndTransfer(t *testing.T) {
	_, bank, eye := open(t)
	got, err := bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err)
	require.Equal(t, idempotentbank.Receipt{Account: "alice", Balance: 150}, got)
	require.Equal(t, "150", eye.Get(t.Context(), "account:alice").Val(), "what is in Redis")

	got, err = bank.Transfer(t.Context(), key("2"), "alice", "bob", 30)
	require.NoError(t, err)
	require.Equal(t, idempotentbank.Receipt{Account: "alice", Balance: 120}, got)
	balance, err := bank.Balance(t.Context(), "bob")
	require.NoError(t, err)
	require.EqualValues(t, 50, balance)
}

func TestRepeatChangesNothing(t *testing.T) {
	server, bank, eye := open(t)
	first, err := bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err)
	_, err = bank.Deposit(t.Context(), key("2"), "alice", 1)
	require.NoError(t, err)

	again, err := bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err)
	require.Equal(t, first, again, "a repeat gets the receipt of the first time")

	other := idempotentbank.New(server.Client(), idempotentbank.Options{})
	again, err = other.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err)
	require.Equal(t, first, again, "also from another process")
	require.Equal(t, "151", eye.Get(t.Context(), "account:alice").Val(), "two requests were carried out")
}

func TestKeyIsForOneRequest(t *testing.T) {
	_, bank, _ := open(t)
	_, err := bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err)
	_, err = bank.Deposit(t.Context(), key("1"), "alice", 60)
	require.ErrorIs(t, err, idempotentbank.ErrKeyReused)
	_, err = bank.Deposit(t.Context(), idempotentbank.Key{Client: "ben", ID: "1"}, "alice", 60)
	require.NoError(t, err, "the key of another client is another key")
}

func TestRefusedRequest(t *testing.T) {
	_, bank, eye := open(t)
	_, err := bank.Deposit(t.Context(), key("1"), "nobody", 50)
	require.ErrorIs(t, err, idempotentbank.ErrNoAccount)
	_, err = bank.Transfer(t.Context(), key("1"), "alice", "bob", 101)
	require.ErrorIs(t, err, idempotentbank.ErrInsufficientFunds)
	_, err = bank.Deposit(t.Context(), key("1"), "alice", 0)
	require.ErrorIs(t, err, idempotentbank.ErrInvalidAmount)
	_, err = bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err, "none of them has used up the key")
	require.Equal(t, "150", eye.Get(t.Context(), "account:alice").Val())
}

func TestWhatIsRememberedHasATTL(t *testing.T) {
	_, bank, eye := open(t)
	_, err := bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err)
	for _, name := range eye.Keys(t.Context(), "*").Val() {
		left := eye.TTL(t.Context(), name).Val()
		if name == "account:alice" || name == "account:bob" {
			require.Negative(t, left, "an account never expires")
			continue
		}
		require.Positive(t, left, "%s has a TTL", name)
		require.LessOrEqual(t, left, idempotentbank.DefaultKeyTTL, "%s", name)
	}
}

// Luck decides what this test finds: run it many times. The graded checks need no luck.
func TestEqualRequestsFromTwoProcesses(t *testing.T) {
	server, bank, eye := open(t)
	banks := []*idempotentbank.Bank{bank, idempotentbank.New(server.Client(), idempotentbank.Options{})}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			got, err := banks[i%2].Deposit(t.Context(), key("1"), "alice", 50)
			if err != nil || got.Balance != 150 {
				t.Errorf("one of twenty equal requests returned %+v, %v", got, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, "150", eye.Get(t.Context(), "account:alice").Val())
}

// Redis carries out the deposit, and the answer never comes.
func TestAnswerIsLost(t *testing.T) {
	server, bank, eye := open(t)
	_, err := bank.Balance(t.Context(), "alice") // there is a connection now
	require.NoError(t, err)
	require.NoError(t, server.Mute(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = bank.Deposit(ctx, key("1"), "alice", 50)
	require.Error(t, err)
	if eye.Get(t.Context(), "account:alice").Val() == "150" { // which command was it? That depends on your design.
		require.ErrorIs(t, err, idempotentbank.ErrUnknown)
	}
	require.NoError(t, server.Heal(t.Context()))

	got, err := bank.Deposit(t.Context(), key("1"), "alice", 50)
	require.NoError(t, err, "a repeat clears it up")
	require.EqualValues(t, 150, got.Balance)
	require.Equal(t, "150", eye.Get(t.Context(), "account:alice").Val())
}
