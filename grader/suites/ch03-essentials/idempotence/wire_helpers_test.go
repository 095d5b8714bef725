package idempotence_test

import "context"

// mostTransactions is more than any bank needs for one call.
const mostTransactions = 100

// drawn is how many transactions of a call are drawn: one, and ten more tries.
const drawn = 11

// wire stands between a bank and its store, sees what the bank does, and lets things go wrong. It implements watcher.
type wire struct {
	story *story
	dead  chan struct{} // closed when the bank has died
	trouble

	operations, commits, begun int  // of the present call
	endless                    bool // the present call has begun too many transactions
}

// trouble is what goes wrong. Operations and commits of a call are counted from 1.
type trouble struct {
	diesAt  int          // the bank dies just before that operation
	failsAt int          // that operation fails,
	broken  bool         // and all that follow
	at      func(int)    // called before each operation
	fates   map[int]fate // of commits
	always  fate         // of all other commits
	atFate  func()       // called when a commit does not simply go through
}

// newCall begins to count anew.
func (w *wire) newCall() { w.operations, w.commits, w.begun = 0, 0, 0 }

// heal lets nothing go wrong from now on.
func (w *wire) heal() { w.trouble = trouble{} }

func (w *wire) before(ctx context.Context, operation string) error {
	if operation == begin {
		w.begins()
	}
	w.operations++
	if w.at != nil {
		w.at(w.operations)
	}
	switch {
	case w.operations == w.diesAt:
		w.story.bankDies()
		w.die()
	case operation == reply: // the transaction is over, and nothing can fail any more
	case w.operations == w.failsAt, w.broken && w.operations > w.failsAt:
		w.after(operation + " fails")
		return errDisk
	case ctx.Err() != nil:
		w.after(operation + ": the context has ended")
	}
	return nil
}

func (w *wire) begins() {
	w.begun++
	if w.begun <= drawn {
		w.story.bankBegins("Update")
	}
	if w.begun > mostTransactions {
		w.story.bankBegins("and again, and again")
		w.endless = true
		w.die()
	}
}

// die stops the caller for ever.
func (w *wire) die() {
	close(w.dead)
	select {}
}

func (w *wire) after(operation string) {
	if w.begun <= drawn {
		w.story.storeDoes(operation)
	}
}

func (w *wire) commit() fate {
	w.commits++
	fate, special := w.fates[w.commits]
	if !special {
		fate = w.always
	}
	if fate != goesThrough && w.atFate != nil {
		w.atFate()
	}
	return fate
}
