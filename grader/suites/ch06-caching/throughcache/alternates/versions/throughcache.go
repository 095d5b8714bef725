package throughcache

import (
	"context"
	"sync"
)

// Cache lets writes of a key overlap. If they did, nobody knows in which order the store has done them, so none of them keeps anything, and
// the next reader asks. Each end of a write makes a new version of the key, and a load keeps its price only under the version of its start.
type Cache struct {
	store   Store
	timeout Options
	records sync.Map // key → *record
}

type record struct {
	mu       sync.Mutex
	version  int
	price    *int            // nil if nothing is kept
	readers  map[int]*answer // by the version under which their load began; one at most for each
	writers  int
	together bool // writes have overlapped since the last time at which there was none
}

// answer is what a load brings. It is complete when ready is closed.
type answer struct {
	ready  chan struct{}
	price  int
	err    error
	caught []any
	past   bool // a write has ended since the load began
}

// New returns an empty cache.
func New(store Store, opts Options) *Cache {
	if store == nil || opts.LoadTimeout < 0 {
		panic("throughcache: New needs a store, and a LoadTimeout of 0 or more")
	}
	return &Cache{store: store, timeout: opts}
}

func (c *Cache) record(key string) *record {
	r, _ := c.records.LoadOrStore(key, &record{readers: map[int]*answer{}})
	return r.(*record)
}

// Get returns the price under key. A price that was loaded under a version of the past is not told, since nobody knows how it stands to
// what is kept.
func (c *Cache) Get(ctx context.Context, key string) (int, error) {
	for {
		if price, past, err := c.try(ctx, key); !past {
			return price, err
		}
	}
}

func (c *Cache) try(ctx context.Context, key string) (price int, past bool, err error) {
	r := c.record(key)
	r.mu.Lock()
	if r.price != nil {
		price := *r.price
		r.mu.Unlock()
		return price, false, nil
	}
	a, joined := r.readers[r.version]
	if !joined {
		a = &answer{ready: make(chan struct{})}
		r.readers[r.version] = a
		go c.load(key, r, r.version, a)
	}
	r.mu.Unlock()
	select {
	case <-a.ready:
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
	if !joined {
		for _, p := range a.caught {
			panic(p)
		}
	}
	return a.price, a.past && a.err == nil, a.err
}

func (c *Cache) load(key string, r *record, version int, a *answer) {
	ctx, cancel := context.WithCancel(context.Background())
	if c.timeout.LoadTimeout > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), c.timeout.LoadTimeout)
	}
	defer cancel()
	func() {
		returned := false
		defer func() {
			if !returned {
				a.caught, a.err = append(a.caught, recover()), ErrLoad
			}
		}()
		a.price, a.err = c.store.Load(ctx, key)
		returned = true
	}()
	r.mu.Lock()
	delete(r.readers, version)
	a.past = version != r.version
	if a.err == nil && !a.past {
		r.price = &a.price
	}
	r.mu.Unlock()
	close(a.ready)
}

// Put saves price, and keeps it if no other write of key was under way meanwhile.
func (c *Cache) Put(ctx context.Context, key string, price int) error {
	r := c.beginWrite(key)
	err := c.store.Save(ctx, key, price)
	r.endWrite(&price, err)
	return err
}

// Delete removes the price.
func (c *Cache) Delete(ctx context.Context, key string) error {
	r := c.beginWrite(key)
	err := c.store.Delete(ctx, key)
	r.endWrite(nil, err)
	return err
}

func (c *Cache) beginWrite(key string) *record {
	r := c.record(key)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writers++
	r.together = r.together || r.writers > 1
	return r
}

func (r *record) endWrite(price *int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version++
	r.price = nil
	if err == nil && !r.together {
		r.price = price
	}
	if r.writers--; r.writers == 0 {
		r.together = false
	}
}
