// Package eviction is a lab: caches of limited size that know what to throw out.
//
// At the information desk of the ski resort lies a board with room for a few notes: whatever somebody had to look up in the archive is
// pinned there, for the next one who asks. When the board is full, one note has to go before the next can be pinned. Which one? And how
// old may a note be before nobody should believe it any more?
//
// This file is given: it is the same for everybody and you do not hand it in. You write eviction.go.
package eviction

import "time"

// Options say how much a cache holds, for how long, and whom it tells. The zero value of every field but Capacity means "no such rule".
type Options[K comparable, V any] struct {
	// Capacity is how many entries there may be, at least 1.
	Capacity int

	// MaxCost is what all entries together may cost; 0 means that nobody asks what an entry costs. Cost says what one entry costs: at
	// least 0, and always the same for the same key and value.
	MaxCost int64
	Cost    func(k K, v V) int64

	// TTL, the time to live, is how long after its Put an entry has expired; 0 means never. Now is the clock. It never goes back.
	TTL time.Duration
	Now func() time.Time

	// OnEvict is told about every entry that was evicted or has expired.
	OnEvict func(k K, v V)
}

// Stats count what happened since the cache was made.
type Stats struct {
	Hits        int64 // calls of Get that returned true
	Misses      int64 // calls of Get that returned false
	Evictions   int64 // entries that had to go because there was no room
	Expirations int64 // entries that were found to have expired
}
