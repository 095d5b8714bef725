package transfer_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/transfer"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/transfer
//
// Each of them gives a scenario to interleave.Explore, which runs it several times. Here, in plain `go test`, chance decides which
// goroutine goes first, and a bank that can deadlock almost never does. The grader runs such scenarios in every order that matters.

// box is an account.
type box struct {
	sync.Mutex
	name  string
	money int64
}

func (b *box) Name() string     { return b.name }
func (b *box) Balance() int64   { return b.money }
func (b *box) Add(amount int64) { b.money += amount }

// open opens a bank in which Ada and Ben have 10 each.
func open(x *interleave.Run) *transfer.Bank {
	ada, ben := &box{name: "Ada", money: 10}, &box{name: "Ben", money: 10}
	x.Name(&ada.Mutex, "Ada's lock")
	x.Name(&ben.Mutex, "Ben's lock")
	return transfer.NewBank([]transfer.Account{ben, ada})
}

func TestMoneyMoves(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		bank := open(x)
		require.NoError(x, bank.Transfer("Ada", "Ben", 4))
		ada, err := bank.Balance("Ada")
		require.NoError(x, err)
		require.EqualValues(x, 6, ada, "Ada had 10 and has paid 4")
		require.EqualValues(x, 20, bank.Total())
	})
}

func TestWhatIsRefusedChangesNothing(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		bank := open(x)
		require.ErrorIs(x, bank.Transfer("Ada", "Ben", 11), transfer.ErrInsufficientFunds)
		require.ErrorIs(x, bank.Transfer("Ada", "Zoe", 1), transfer.ErrUnknownAccount)
		require.ErrorIs(x, bank.Transfer("Ada", "Ben", -1), transfer.ErrInvalidAmount)
		ada, _ := bank.Balance("Ada")
		require.EqualValues(x, 10, ada, "every transfer was refused")
	})
}

func TestOnFridayEvening(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		bank := open(x)
		var everyone sync.WaitGroup
		everyone.Go(func() { bank.Transfer("Ada", "Ben", 3) }) // for the skis
		everyone.Go(func() { bank.Transfer("Ben", "Ada", 5) }) // for the fondue
		everyone.Go(func() {
			require.EqualValues(x, 20, bank.Total(), "nobody has paid anything in or out")
		})
		everyone.Wait() // if they wait for each other, this never returns
		ada, _ := bank.Balance("Ada")
		require.EqualValues(x, 12, ada, "Ada has paid 3 and got 5")
	})
}
