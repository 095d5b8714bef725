package skierapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// Memory is a store in memory, to try things with and for tests. Make one with NewMemory.
type Memory struct {
	mu      sync.Mutex
	shards  [4]map[string]Skier
	made    int
	resorts []Resort
}

// NewMemory returns a store with these resorts and no skiers.
func NewMemory(resorts ...Resort) *Memory {
	m := &Memory{resorts: slices.Clone(resorts)}
	for i := range m.shards {
		m.shards[i] = map[string]Skier{}
	}
	return m
}

// Create implements Store. The IDs that it makes are unlike in their order to the order in which they were made.
func (m *Memory) Create(ctx context.Context, p Profile) (Skier, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.permits(ctx, Skier{Profile: p}); err != nil {
		return Skier{}, err
	}
	m.made++
	s := Skier{fmt.Sprintf("s%06x", m.made*0x9e3779&0xffffff), p}
	m.shard(s.ID)[s.ID] = s
	return s, nil
}

// Skier implements Store.
func (m *Memory) Skier(ctx context.Context, id string) (Skier, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Skier{}, err
	}
	s, found := m.shard(id)[id]
	if !found {
		return Skier{}, fmt.Errorf("look for %q: %w", id, ErrNotFound)
	}
	return s, nil
}

// Skiers implements Store.
func (m *Memory) Skiers(ctx context.Context, after string, n int) ([]Skier, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found []Skier
	for _, shard := range m.shards {
		for _, s := range shard {
			if s.ID > after {
				found = append(found, s)
			}
		}
	}
	slices.SortFunc(found, func(a, b Skier) int { return cmp.Compare(a.ID, b.ID) })
	found = found[:min(max(n, 0), len(found))]
	slices.SortStableFunc(found, func(a, b Skier) int { return cmp.Compare(shardOf(a.ID), shardOf(b.ID)) }) // one shard after the other
	return found, nil
}

// Replace implements Store.
func (m *Memory) Replace(ctx context.Context, s Skier) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, found := m.shard(s.ID)[s.ID]; !found && ctx.Err() == nil {
		return fmt.Errorf("replace %q: %w", s.ID, ErrNotFound)
	}
	if err := m.permits(ctx, s); err != nil {
		return err
	}
	m.shard(s.ID)[s.ID] = s
	return nil
}

// Delete implements Store.
func (m *Memory) Delete(ctx context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, found := m.shard(id)[id]; !found {
		return fmt.Errorf("delete %q: %w", id, ErrNotFound)
	}
	delete(m.shard(id), id)
	return nil
}

// Resorts implements Store.
func (m *Memory) Resorts(ctx context.Context) ([]Resort, error) {
	return slices.Clone(m.resorts), ctx.Err()
}

// permits tells whether s could be stored, as far as its username is concerned.
func (m *Memory) permits(ctx context.Context, s Skier) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, shard := range m.shards {
		for _, other := range shard {
			if other.Username == s.Username && other.ID != s.ID {
				return fmt.Errorf("store %q: %w", s.Username, ErrUsernameTaken)
			}
		}
	}
	return nil
}

func (m *Memory) shard(id string) map[string]Skier { return m.shards[shardOf(id)] }

// shardOf spreads IDs evenly.
func shardOf(id string) int {
	h := 0
	for _, b := range []byte(id) {
		h = 31*h + int(b)
	}
	return (h & 0xffff) % 4
}
