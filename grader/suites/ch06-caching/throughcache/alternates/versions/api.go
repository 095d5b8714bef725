// Package throughcache is a lab: a cache that reads and writes the store itself, so that nobody else has to think of both.
//
// The resort's price list lies in an office in the valley. The tills ask the cache for a price, and the cache asks the office if it does
// not know it. Whoever changes a price tells the cache, and the cache tells the office first.
//
// This file is given: it is the same for everybody and you do not hand it in. You write throughcache.go.
package throughcache

import (
	"context"
	"errors"
	"time"
)

// Store is where the prices lie. Any of its methods may take long, may be called from many goroutines at once, and may fail. When a
// method has returned, it is over: nothing of it happens later.
type Store interface {
	// Load returns the price that is stored under key, or an error. A key under which nothing is stored is an error, too.
	Load(ctx context.Context, key string) (int, error)
	// Save stores the price under key. If it returns an error, it may have stored it all the same, or not.
	Save(ctx context.Context, key string, price int) error
	// Delete removes the price under key, if there is one. If it returns an error, it may have removed it all the same, or not.
	Delete(ctx context.Context, key string) error
}

// Options are what a cache may be told besides its store.
type Options struct {
	LoadTimeout time.Duration // how long a load may take; 0 means as long as it likes
}

// ErrLoad is what a Get returns that has joined a load which panicked.
var ErrLoad = errors.New("throughcache: the load panicked")
