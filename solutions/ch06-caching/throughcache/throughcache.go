package throughcache

import (
	"context"
	"sync"
)

// Cache keeps prices that it has loaded from its store or saved to it. It is safe for concurrent use.
//
// A lock is held for a moment only, never while the store works. What takes long has a place of its own: a load runs in a goroutine that
// belongs to no reader, and who writes holds the key's turn.
type Cache struct {
	store Store
	opts  Options

	mu      sync.Mutex
	entries map[string]*entry // guarded by mu, and so is what is in them, apart from turn
}

// entry is what the cache knows of a key.
type entry struct {
	price int
	kept  bool
	load  *load         // that readers join; nil if there is none
	turn  chan struct{} // full while somebody writes
}

// load is one call of the store's Load. Its results are written before done is closed and only read afterwards.
type load struct {
	done  chan struct{}
	price int
	err   error
	panic any  // what Load panicked with
	late  bool // a write has ended since it began
}

// New returns a cache in which nothing is kept yet.
func New(store Store, opts Options) *Cache {
	if store == nil {
		panic("throughcache: New needs a store")
	}
	if opts.LoadTimeout < 0 {
		panic("throughcache: New needs a LoadTimeout of 0 or more")
	}
	return &Cache{store: store, opts: opts, entries: map[string]*entry{}}
}

// entry returns what is known of key. The caller holds mu.
func (c *Cache) entry(key string) *entry {
	e := c.entries[key]
	if e == nil {
		e = &entry{turn: make(chan struct{}, 1)}
		c.entries[key] = e
	}
	return e
}

// Get returns the price under key, from the cache or through it.
//
// If a write has overtaken the load, its price is not told but the cache is asked again. It may be the price of the next write, which the
// store has and the cache has not yet: who reads after this one would get an older price.
func (c *Cache) Get(ctx context.Context, key string) (int, error) {
	for {
		price, l, mine := c.look(ctx, key)
		if l == nil {
			return price, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-l.done:
		}
		if mine && l.panic != nil {
			panic(l.panic)
		}
		if l.err != nil || !l.late {
			return l.price, l.err
		}
	}
}

// look returns the price that is kept, or the load to wait for, which may be a new one of the caller's own.
func (c *Cache) look(ctx context.Context, key string) (price int, l *load, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(key)
	if e.kept {
		return e.price, nil, false
	}
	if e.load != nil {
		return 0, e.load, false
	}
	e.load = &load{done: make(chan struct{})}
	go c.run(context.WithoutCancel(ctx), key, e, e.load)
	return 0, e.load, true
}

// run asks the store, and keeps the answer if l is still the load that readers join: then no write has ended since it began.
func (c *Cache) run(ctx context.Context, key string, e *entry, l *load) {
	defer close(l.done) // after the price is kept, so that nobody comes in between
	c.ask(ctx, key, l)
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.late = e.load != l; !l.late {
		e.load, e.price, e.kept = nil, l.price, l.err == nil
	}
}

// ask calls the store's Load and catches its panic, for the reader who started it.
func (c *Cache) ask(ctx context.Context, key string, l *load) {
	if c.opts.LoadTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.opts.LoadTimeout)
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil {
			l.panic, l.err = p, ErrLoad
		}
	}()
	l.price, l.err = c.store.Load(ctx, key)
}

// Put saves price under key in the store, and then keeps it.
func (c *Cache) Put(ctx context.Context, key string, price int) error {
	return c.write(ctx, key, func() error { return c.store.Save(ctx, key, price) }, price, true)
}

// Delete removes the price under key from the store, and then from the cache.
func (c *Cache) Delete(ctx context.Context, key string) error {
	return c.write(ctx, key, func() error { return c.store.Delete(ctx, key) }, 0, false)
}

// write changes the store when it is its turn, and then the cache: price and kept are what the cache knows afterwards, if all goes well.
func (c *Cache) write(ctx context.Context, key string, change func() error, price int, kept bool) error {
	c.mu.Lock()
	e := c.entry(key)
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case e.turn <- struct{}{}:
	}
	defer func() { <-e.turn }()

	err := change()
	c.mu.Lock()
	defer c.mu.Unlock()
	e.load = nil // it may have read what was there before: nobody joins it any more, and it keeps nothing
	e.price, e.kept = price, kept && err == nil
	return err
}
