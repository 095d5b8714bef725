package programs

import (
	"context"
	"errors"
	"sync"
	"time"
)

func contexts() []Program {
	return []Program{
		{Name: "context cancel", Rows: "WithCancel", Run: contextCancel, Outcomes: []string{"<nil> context canceled context canceled true"}},
		{Name: "context cause", Rows: "the Cause variants", Run: contextCause, Outcomes: []string{"context canceled why; context deadline exceeded late; <nil> <nil>"}},
		{Name: "context timeout", Rows: "WithTimeout, WithDeadline", Run: contextTimeout, Outcomes: []string{"context deadline exceeded true"}},
		{Name: "context deadline passed", Rows: "WithTimeout, WithDeadline", Run: contextPassed, Outcomes: []string{"context deadline exceeded context deadline exceeded"}},
		{Name: "context children", Rows: "WithCancel", Run: contextChildren, Outcomes: []string{"context canceled context canceled v <nil>"}},
		{Name: "context after func", Rows: "context.AfterFunc", Run: contextAfterFunc, Outcomes: []string{"ran false true"}},
		{Name: "context without cancel", Rows: "WithoutCancel", Run: contextWithoutCancel, Outcomes: []string{"<nil> true v <nil>"}},
		{Name: "own context", Rows: "WithCancel", Run: ownContext, Outcomes: []string{"context canceled"}},
		{Name: "cancel from elsewhere", Rows: "WithCancel", Run: cancelElsewhere, Outcomes: []string{"worked", "cancelled"}},
		{Name: "context err after done", Rows: "WithCancel", Run: errAfterDone, Outcomes: []string{"ok"}},
	}
}

func contextCancel() string {
	ctx, cancel := context.WithCancel(context.Background())
	before := ctx.Err()
	go cancel()
	<-ctx.Done()
	cancel()
	return words(before, ctx.Err(), context.Cause(ctx), errors.Is(ctx.Err(), context.Canceled))
}

func contextCause() string {
	a, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("why"))
	b, stop := context.WithTimeoutCause(context.Background(), tick, errors.New("late"))
	defer stop()
	<-b.Done()
	return words(a.Err(), context.Cause(a)) + "; " + words(b.Err(), context.Cause(b)) + "; " +
		words(context.Background().Err(), context.Cause(context.TODO()))
}

func contextTimeout() string {
	ctx, cancel := context.WithTimeout(context.Background(), tick)
	defer cancel()
	inner, stop := context.WithDeadline(ctx, time.Now().Add(time.Hour))
	defer stop()
	<-inner.Done()
	_, has := inner.Deadline()
	return words(inner.Err(), has)
}

func contextPassed() string {
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Hour))
	first := ctx.Err()
	cancel()
	return words(first, ctx.Err())
}

type key struct{}

func contextChildren() string {
	root, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
	a, stopA := context.WithCancel(root)
	b, stopB := context.WithTimeout(a, time.Hour)
	defer stopA()
	defer stopB()
	c, stopC := context.WithCancel(context.Background())
	defer stopC()
	cancel()
	return words(a.Err(), b.Err(), b.Value(key{}), c.Err())
}

func contextAfterFunc() string {
	ctx, cancel := context.WithCancel(context.Background())
	c := make(chan string)
	stop := context.AfterFunc(ctx, func() { c <- "ran" })
	unused := context.AfterFunc(ctx, func() { panic("never") })
	stopped := unused()
	cancel()
	s := <-c
	return words(s, stop(), stopped)
}

func contextWithoutCancel() string {
	parent, cancel := context.WithCancelCause(context.WithValue(context.Background(), key{}, "v"))
	ctx := context.WithoutCancel(parent)
	cancel(errors.New("x"))
	return words(ctx.Err(), ctx.Done() == nil, ctx.Value(key{}), context.Cause(ctx))
}

type mine struct {
	context.Context
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func (m *mine) Done() <-chan struct{} { return m.done }

func (m *mine) Err() error { m.mu.Lock(); defer m.mu.Unlock(); return m.err }

func ownContext() string {
	m := &mine{Context: context.Background(), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(m)
	defer cancel()
	m.mu.Lock()
	m.err = context.Canceled
	close(m.done)
	m.mu.Unlock()
	<-ctx.Done()
	return words(ctx.Err())
}

func cancelElsewhere() string {
	ctx, cancel := context.WithCancel(context.Background())
	work := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() { cancel(); close(done) }()
	work <- struct{}{}
	s := ""
	select {
	case <-ctx.Done():
		s = "cancelled"
	case <-work:
		s = "worked"
	}
	<-done
	return s
}

func errAfterDone() string {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	s := "ok"
	wg.Go(cancel)
	if ctx.Err() != nil {
		select {
		case <-ctx.Done():
		default:
			s = "error before done"
		}
	}
	wg.Wait()
	return s
}
