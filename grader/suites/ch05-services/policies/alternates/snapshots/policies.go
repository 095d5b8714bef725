package policies

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// snapshot is a state that never changes once it is made: a new one takes its place, by compare and swap. Nobody waits for anybody
// but for the random source.
type snapshot struct {
	number map[string]int // credits, or running requests
	last   string
}

type state struct{ now atomic.Pointer[snapshot] }

// change replaces the state by what step makes of it. If somebody else was faster it begins again.
func (s *state) change(step func(was snapshot) snapshot) snapshot {
	for {
		old := s.now.Load()
		var was snapshot
		if old != nil {
			was = *old
		}
		next := step(was)
		if s.now.CompareAndSwap(old, &next) {
			return next
		}
	}
}

// count changes the number of running requests.
func (s *snapshot) count(id string, more int) snapshot {
	number := maps.Clone(s.number)
	if number == nil {
		number = map[string]int{}
	}
	if number[id] += more; number[id] == 0 {
		delete(number, id)
	}
	return snapshot{number: number, last: id}
}

// weighty leaves out those of weight 0.
func weighty(backends []Backend) (some []Backend, err error) {
	for _, b := range backends {
		if b.Weight != 0 {
			some = append(some, b)
		}
	}
	if some == nil {
		err = fmt.Errorf("%d backends, and none has a weight: %w", len(backends), ErrNoBackend)
	}
	return some, err
}

type policyFunc func(req Request, backends []Backend) (string, func(), error)

func (f policyFunc) Pick(req Request, backends []Backend) (string, func(), error) {
	return f(req, backends)
}

// turns is a policy without requests to count.
func turns(step func(was snapshot, some []Backend) snapshot) Policy {
	s := new(state)
	return policyFunc(func(_ Request, backends []Backend) (string, func(), error) {
		some, err := weighty(backends)
		if err != nil {
			return "", nil, err
		}
		return s.change(func(was snapshot) snapshot { return step(was, some) }).last, func() {}, nil
	})
}

// NewRoundRobin looks for the last one and takes the next.
func NewRoundRobin() Policy {
	return turns(func(was snapshot, some []Backend) snapshot {
		for i, b := range some[:len(some)-1] {
			if b.ID == was.last {
				return snapshot{last: some[i+1].ID}
			}
		}
		return snapshot{last: some[0].ID}
	})
}

// NewWeightedRoundRobin makes a new table of credits at each pick.
func NewWeightedRoundRobin() Policy {
	return turns(func(was snapshot, some []Backend) snapshot {
		next, sum, top := snapshot{number: map[string]int{}}, 0, -1<<62
		for _, b := range some {
			credit := was.number[b.ID] + b.Weight
			next.number[b.ID] = credit
			if sum += b.Weight; credit > top {
				top, next.last = credit, b.ID
			}
		}
		next.number[next.last] -= sum
		return next
	})
}

// busy is a policy that counts requests. The candidates of one pick are always the same, however often it begins again.
func busy(candidates func(some []Backend) []Backend) Policy {
	s := new(state)
	return policyFunc(func(_ Request, backends []Backend) (string, func(), error) {
		some, err := weighty(backends)
		if err != nil {
			return "", nil, err
		}
		some = candidates(some)
		id := s.change(func(was snapshot) snapshot {
			best := some[0]
			for _, b := range some[1:] {
				if was.number[b.ID]*best.Weight < was.number[best.ID]*b.Weight {
					best = b
				}
			}
			return was.count(best.ID, 1)
		}).last
		var over atomic.Bool
		return id, func() {
			if over.CompareAndSwap(false, true) {
				s.change(func(was snapshot) snapshot { return was.count(id, -1) })
			}
		}, nil
	})
}

// NewLeastConnections has all of them as candidates.
func NewLeastConnections() Policy { return busy(func(some []Backend) []Backend { return some }) }

// NewTwoChoices has two of them as candidates, in the order in which they were drawn.
func NewTwoChoices(rand func(n int) int) Policy {
	if rand == nil {
		panic(errors.New("policies: no random source"))
	}
	var one sync.Mutex
	return busy(func(some []Backend) []Backend {
		if len(some) < 2 {
			return some
		}
		one.Lock()
		i, j := rand(len(some)), rand(len(some)-1)
		one.Unlock()
		first := some[i]
		rest := append(some[:i:i], some[i+1:]...)
		return []Backend{first, rest[j]}
	})
}

// NewRouter tries one rule after the other.
func NewRouter(rules []Rule, otherwise Policy) Policy {
	return policyFunc(func(req Request, backends []Backend) (string, func(), error) {
		pool, policy := "", otherwise
		for _, r := range rules {
			if (r.Method == "" || r.Method == req.Method) && (r.Header == "" || has(req.Header, r.Header, r.Value)) {
				pool, policy = r.Pool, r.Policy
				break
			}
		}
		members := make([]Backend, 0, len(backends))
		for _, b := range backends {
			if b.Pool == pool && b.Weight > 0 {
				members = append(members, b)
			}
		}
		if len(members) == 0 {
			return "", nil, ErrNoBackend
		}
		return policy.Pick(req, members)
	})
}

func has(header map[string][]string, name, value string) bool {
	for n, values := range header {
		if !strings.EqualFold(n, name) {
			continue
		}
		for _, v := range values {
			if v == value {
				return true
			}
		}
	}
	return false
}
