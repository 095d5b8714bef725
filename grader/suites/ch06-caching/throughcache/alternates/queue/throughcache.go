package throughcache

import (
	"context"
	"sync"
)

// Cache knows for each key what is going on: nothing, a load, or a write. Whoever comes during a write waits until it is over, and then
// looks again; so there are no loads during writes. A write that comes during a load takes its place, and the load keeps nothing.
type Cache struct {
	store Store
	opts  Options
	lock  sync.RWMutex
	kept  map[string]int
	now   map[string]*work
}

// work is a load or a write that is going on.
type work struct {
	over   chan struct{}
	writes bool
	price  int
	err    error
	burst  func() // panics as Load did; nil if it did not
}

// New returns an empty cache.
func New(store Store, opts Options) *Cache {
	switch {
	case store == nil:
		panic("throughcache: no store")
	case opts.LoadTimeout < 0:
		panic("throughcache: a negative LoadTimeout")
	}
	return &Cache{store: store, opts: opts, kept: make(map[string]int), now: make(map[string]*work)}
}

// Get returns the price under key.
func (c *Cache) Get(ctx context.Context, key string) (int, error) {
	for {
		c.lock.RLock()
		price, ok := c.kept[key]
		c.lock.RUnlock()
		if ok {
			return price, nil
		}
		w, mine := c.join(key)
		if w == nil {
			continue // somebody was faster, and something is kept
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-w.over:
		}
		switch {
		case w.writes:
			continue
		case mine && w.burst != nil:
			w.burst()
		}
		return w.price, w.err
	}
}

// join returns what is going on, or starts a load. It returns nil if a price is kept.
func (c *Cache) join(key string) (w *work, mine bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, ok := c.kept[key]; ok {
		return nil, false
	}
	if w := c.now[key]; w != nil {
		return w, false
	}
	w = &work{over: make(chan struct{})}
	c.now[key] = w
	go c.load(key, w)
	return w, true
}

func (c *Cache) load(key string, w *work) {
	ctx, cancel := context.Background(), func() {}
	if limit := c.opts.LoadTimeout; limit != 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
	}
	defer func() {
		cancel()
		if p := recover(); p != nil {
			w.err, w.burst = ErrLoad, func() { panic(p) }
		}
		c.end(key, w, w.err == nil)
	}()
	w.price, w.err = c.store.Load(ctx, key)
}

// end takes away what was going on, unless something else has taken its place.
func (c *Cache) end(key string, w *work, keep bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	defer close(w.over)
	if c.now[key] != w {
		return
	}
	delete(c.now, key)
	if keep {
		c.kept[key] = w.price
	}
}

// Put saves price and keeps it.
func (c *Cache) Put(ctx context.Context, key string, price int) error {
	w, err := c.begin(ctx, key)
	if err != nil {
		return err
	}
	w.price = price
	err = c.store.Save(ctx, key, price)
	c.end(key, w, err == nil)
	return err
}

// Delete removes the price.
func (c *Cache) Delete(ctx context.Context, key string) error {
	w, err := c.begin(ctx, key)
	if err != nil {
		return err
	}
	err = c.store.Delete(ctx, key)
	c.end(key, w, false)
	return err
}

// begin begins a write when no other one of the key is going on. Nothing is kept while it is.
func (c *Cache) begin(ctx context.Context, key string) (*work, error) {
	for {
		c.lock.Lock()
		other := c.now[key]
		if other == nil || !other.writes {
			w := &work{over: make(chan struct{}), writes: true}
			c.now[key] = w
			delete(c.kept, key)
			c.lock.Unlock()
			return w, nil
		}
		c.lock.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-other.over:
		}
	}
}
