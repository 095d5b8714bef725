package check

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"scalelab/pkg/check/record"
	"scalelab/pkg/internal/unfinished"
)

// channel writes records to the grader. It is opened while this package initialises, before any student code runs, and the
// descriptor that carried the key is closed again.
type channel struct {
	open bool
	mu   sync.Mutex
	key  string
	out  io.Writer
	done bool // it has said goodbye: what a goroutine says that is left behind would be a second end
}

var results = openChannel(os.Getenv(record.CheckEnv))

// openChannel takes the key from its descriptor. Without the grader (no check named) the channel stays closed.
func openChannel(check string) *channel {
	if check == "" {
		return &channel{}
	}
	keyFile := os.NewFile(record.KeyFD, "key")
	key, err := io.ReadAll(io.LimitReader(keyFile, 256))
	if err != nil || len(key) == 0 {
		fmt.Fprintf(os.Stderr, "check: read the key from descriptor %d: %v\n", record.KeyFD, err)
		os.Exit(3)
	}
	keyFile.Close()
	syscall.CloseOnExec(record.ResultsFD)
	c := &channel{open: true, key: string(key), out: os.NewFile(record.ResultsFD, "results")}
	unfinished.Observe(func(call unfinished.Call) {
		c.write(record.Record{Kind: record.KindUnfinished, Check: check, Lab: call.Lab, Func: call.Func})
	})
	return c
}

func (c *channel) subject(digest string) {
	c.write(record.Record{Kind: record.KindSubject, Subject: digest})
}

// write sends one record. A grader that no longer listens is not this process's business.
func (c *channel) write(r record.Record) {
	if !c.open {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return
	}
	c.done = r.Kind == record.KindDone
	r.Key = c.key
	if err := record.Write(c.out, r); err != nil {
		fmt.Fprintf(os.Stderr, "check: %v\n", err)
	}
}
