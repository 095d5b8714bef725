package idempotence_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"scalelab/labs/ch03-essentials/idempotence"
)

// vault is what stands behind a store: the balances and records that were committed last.
type vault struct {
	mu      sync.RWMutex
	now     contents
	version int // counts commits
}

type contents struct {
	balances map[string]int64
	records  map[string]string
}

// newVault has 100 for Ada and 100 for Ben in it.
func newVault() *vault {
	return &vault{now: contents{map[string]int64{"Ada": 100, "Ben": 100}, map[string]string{}}}
}

// snapshot is a copy of what is committed, and its version.
func (v *vault) snapshot() (contents, int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return contents{maps.Clone(v.now.balances), maps.Clone(v.now.records)}, v.version
}

// replace commits what was made of a version, unless somebody else has committed meanwhile.
func (v *vault) replace(version int, by contents) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.version != version {
		return false
	}
	v.now, v.version = by, version+1
	return true
}

// balances are those of Ada and Ben, as text.
func (v *vault) balances() string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return fmt.Sprintf("Ada %d, Ben %d", v.now.balances["Ada"], v.now.balances["Ben"])
}

// open opens an account with nothing in it.
func (v *vault) open(account string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now.balances[account] = 0
	v.version++
}

// watcher is told what a bank does with its store, and decides what goes wrong.
type watcher interface {
	// before is called before every operation; it may let it fail, or not return: the bank has died.
	before(ctx context.Context, operation string) error
	// after is called when an operation was done.
	after(operation string)
	// commit decides what becomes of a commit that would go through.
	commit() fate
}

// fate is what becomes of a commit.
type fate int

const (
	goesThrough fate = iota
	runsAgain        // somebody else was faster
	isDone           // it is done, and the answer is lost
	isLost           // it is lost
)

// store is one bank's connection to a vault: an idempotence.Store. A transaction works with a snapshot and is run again if somebody
// else has committed meanwhile.
type store struct {
	*vault
	watcher // may be nil
}

// What happens beside the methods of Tx.
const (
	begin    = "begin"
	commit   = "commit"
	reply    = "reply" // the commit is done, and the bank is not told yet
	unheard  = "commit, and the reply is lost"
	lost     = "the connection breaks before the commit"
	rollBack = "roll back"
	conflict = "a conflict: once more"
)

var errBroken = fmt.Errorf("the connection broke: %w", idempotence.ErrUnknown)

// Update implements idempotence.Store.
func (s *store) Update(ctx context.Context, do func(tx idempotence.Tx) error) error {
	if err := s.permit(ctx, begin); err != nil {
		return err
	}
	for {
		tx := &transaction{store: s, ctx: ctx}
		tx.contents, tx.version = s.snapshot()
		err := do(tx)
		tx.over = true
		if err == nil {
			err = tx.broken
		}
		if err != nil {
			s.done(rollBack)
			return err
		}
		committed, err := s.tryCommit(ctx, tx)
		if committed || err != nil {
			return err
		}
		s.done(conflict)
	}
}

// tryCommit returns neither true nor an error if the transaction must be run again.
func (s *store) tryCommit(ctx context.Context, tx *transaction) (bool, error) {
	if err := s.permit(ctx, commit); err != nil {
		return false, err
	}
	switch s.fate() {
	case runsAgain:
		return false, nil
	case isLost:
		s.done(lost)
		return false, errBroken
	case isDone:
		committed := s.replace(tx.version, tx.contents)
		if committed {
			s.done(unheard)
			return false, errBroken
		}
		return false, nil
	}
	committed := s.replace(tx.version, tx.contents)
	if committed {
		s.done(commit)
		_ = s.permit(ctx, reply) // it is too late for an error
	}
	return committed, nil
}

func (s *store) permit(ctx context.Context, operation string) error {
	if s.watcher != nil {
		if err := s.before(ctx, operation); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *store) done(operation string) {
	if s.watcher != nil {
		s.after(operation)
	}
}

func (s *store) fate() fate {
	if s.watcher != nil {
		return s.commit()
	}
	return goesThrough
}

// transaction is one run of a function, with a copy of everything.
type transaction struct {
	contents
	store   *store
	ctx     context.Context
	version int
	broken  error // why it cannot be committed any more
	over    bool
}

var errOver = errors.New("this transaction is over")

func (tx *transaction) permit(operation string) error {
	if tx.over {
		return errOver
	}
	if tx.broken == nil {
		tx.broken = tx.store.permit(tx.ctx, operation)
	}
	return tx.broken
}

// Balance implements idempotence.Tx.
func (tx *transaction) Balance(account string) (int64, error) {
	if err := tx.permit("Balance"); err != nil {
		return 0, err
	}
	balance, found := tx.balances[account]
	if !found {
		tx.store.done(fmt.Sprintf("Balance(%s): ErrNoAccount", shown(account)))
		return 0, fmt.Errorf("%q: %w", account, idempotence.ErrNoAccount)
	}
	tx.store.done(fmt.Sprintf("Balance(%s): %d", shown(account), balance))
	return balance, nil
}

// SetBalance implements idempotence.Tx.
func (tx *transaction) SetBalance(account string, balance int64) error {
	if err := tx.permit("SetBalance"); err != nil {
		return err
	}
	if _, found := tx.balances[account]; !found {
		tx.store.done(fmt.Sprintf("SetBalance(%s): ErrNoAccount", shown(account)))
		return fmt.Errorf("%q: %w", account, idempotence.ErrNoAccount)
	}
	tx.balances[account] = balance
	tx.store.done(fmt.Sprintf("SetBalance(%s, %d)", shown(account), balance))
	return nil
}

// Record implements idempotence.Tx.
func (tx *transaction) Record(name string) (text string, found bool, err error) {
	if err := tx.permit("Record"); err != nil {
		return "", false, err
	}
	text, found = tx.records[name]
	if found {
		tx.store.done("Record: found")
	} else {
		tx.store.done("Record: none")
	}
	return text, found, nil
}

// SetRecord implements idempotence.Tx.
func (tx *transaction) SetRecord(name, text string) error {
	if err := tx.permit("SetRecord"); err != nil {
		return err
	}
	tx.records[name] = text
	tx.store.done("SetRecord")
	return nil
}
