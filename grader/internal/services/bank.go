package services

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
)

// everybody is all the shares of a bank; one view takes one, an exclusive view takes all.
const everybody = math.MaxInt32

// bank is the servers of one kind in a run: which provider they come from, and who may use them now.
type bank struct {
	kind       Kind
	host       *host
	candidates []candidate // in order; the first that starts is the one
	passedOver []string    // "container (no Docker engine answers)"
	shares     *semaphore.Weighted

	begin   sync.Once
	stop    context.CancelFunc
	started chan struct{} // closed when source and provider, or err, are known

	provider string
	source   source
	err      error
}

// candidate is a provider that looks usable.
type candidate struct {
	provider string
	about    string // "a Docker engine answers and the image is here"
	missing  string // what must be fetched first; empty if everything is here
	make     func() source
}

// newBank finds the candidates. A provider that was asked for by name must be usable.
func newBank(ctx context.Context, h *host, kind Kind, o Options) (*bank, error) {
	b := &bank{kind: kind, host: h, shares: semaphore.NewWeighted(everybody), started: make(chan struct{})}
	for _, p := range providers {
		if o.Provider != "" && o.Provider != Auto && o.Provider != p.name {
			continue
		}
		c, err := p.look(ctx, h, kind)
		switch {
		case err == nil:
			c.provider = p.name
			b.candidates = append(b.candidates, c)
		case o.Provider == p.name && !errors.Is(err, ErrCannot):
			return nil, fmt.Errorf("%s from %s: %w", kind, p.name, err)
		default:
			b.passedOver = append(b.passedOver, fmt.Sprintf("%s (%v)", p.name, err))
		}
	}
	if len(b.candidates)+len(b.passedOver) == 0 {
		return nil, fmt.Errorf("unknown provider %q of services; known are %s", o.Provider, strings.Join(names(), ", "))
	}
	b.preferAble(Need{Needs: o.Needs})
	return b, nil
}

// preferAble drops candidates that cannot do what the run needs, unless then none would be left.
func (b *bank) preferAble(n Need) {
	var able []candidate
	var unable []string
	for _, c := range b.candidates {
		if err := n.within(c.provider, b.kind); err != nil {
			unable = append(unable, fmt.Sprintf("%s (%v)", c.provider, err))
			continue
		}
		able = append(able, c)
	}
	if len(able) > 0 {
		b.candidates, b.passedOver = able, append(b.passedOver, unable...)
	}
}

// ready starts the servers, if nobody did yet, and waits until they answer.
func (b *bank) ready(ctx context.Context) error {
	b.begin.Do(func() {
		// The servers outlive the check that happens to be the first to ask for them.
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		b.stop = stop
		go func() {
			defer close(b.started)
			b.start(own)
		}()
	})
	select {
	case <-b.started:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start tries the candidates in order.
func (b *bank) start(ctx context.Context) {
	for _, c := range b.candidates {
		source := c.make()
		err := source.start(ctx)
		if err == nil {
			b.provider, b.source = c.provider, source
			b.host.log(b.story(c))
			return
		}
		if ctx.Err() != nil {
			b.err = fmt.Errorf("%s: %w", b.kind, ctx.Err())
			return
		}
		b.passedOver = append(b.passedOver, fmt.Sprintf("%s (%v)", c.provider, err))
	}
	b.err = fmt.Errorf("no %s: %s: %w", b.kind, strings.Join(b.passedOver, "; "), ErrCannot)
	b.host.log("services: " + b.err.Error())
}

// story is the one line that says which provider was taken, and why not those before it.
func (b *bank) story(c candidate) string {
	line := fmt.Sprintf("services: %s %s from %s: %s", b.kind, b.source.version(), b.provider, c.about)
	if len(b.passedOver) > 0 {
		line += "; not " + strings.Join(b.passedOver, ", ")
	}
	return line
}

func (b *bank) isStarted() bool {
	select {
	case <-b.started:
		return b.err == nil
	default:
		return false
	}
}

// enter takes one share, or all of them if the view must be alone on a server that is divided.
func (b *bank) enter(ctx context.Context, alone bool) (leave func(), err error) {
	n := int64(1)
	if alone && b.source.divided() {
		n = everybody
	}
	if err := b.shares.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("%s: wait for the server: %w", b.kind, err)
	}
	return func() { b.shares.Release(n) }, nil
}

// close ends the servers, also if they are just starting.
func (b *bank) close(ctx context.Context) error {
	b.begin.Do(func() {
		b.err = fmt.Errorf("%s: the run is over", b.kind)
		close(b.started)
	})
	if b.stop != nil {
		select {
		case <-b.started:
		default:
			b.stop()
		}
		<-b.started
		b.stop()
	}
	if b.source == nil {
		return nil
	}
	return b.source.close(ctx)
}
