package loadbalancer

// This file is given. It is from the model solution of the lab policies, with two of its policies, and it is not handed in.

import (
	"errors"
	"slices"
	"sync"
)

// ErrNoBackend is what Pick returns if there is nobody to pick. Callers compare with errors.Is.
var ErrNoBackend = errors.New("loadbalancer: no backend")

// Backend is one replica, as the load balancer knows it at this moment.
type Backend struct {
	ID     string // its name: not empty, and different from the others in a list
	Weight int    // its share of the load compared with the others'; 0: it gets none
	Pool   string // the group that it belongs to; may be empty
}

// Request is what a policy may look at. Its fields are those of net/http's Request: Method, URL.Path, Header.
type Request struct {
	Method string
	Path   string
	Header map[string][]string
}

// Policy decides where requests go. Any number of goroutines may call Pick at the same time.
type Policy interface {
	// Pick returns the ID of one of the backends, and done, which the caller calls when the request is over. If there is nobody to
	// pick, err is ErrNoBackend, and done must not be called.
	Pick(req Request, backends []Backend) (id string, done func(), err error)
}

// decider is what the policies share: whoever has no weight is left out, and one lock is held for the whole decision.
type decider struct {
	mu     sync.Mutex
	decide func(able []Backend) (id string, done func()) // called under mu, never with an empty list
}

func (p *decider) Pick(_ Request, backends []Backend) (string, func(), error) {
	var able []Backend
	for _, b := range backends {
		if b.Weight > 0 {
			able = append(able, b)
		}
	}
	if len(able) == 0 {
		return "", nothing, ErrNoBackend
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	id, done := p.decide(able)
	return id, done, nil
}

// nothing is the done of policies that do not count.
func nothing() {}

// NewRoundRobin returns a policy that lets the backends take turns, in the order of the list.
func NewRoundRobin() Policy {
	last := ""
	return &decider{decide: func(able []Backend) (string, func()) {
		at := slices.IndexFunc(able, func(b Backend) bool { return b.ID == last }) // -1 if it is gone: then the first is next
		last = able[(at+1)%len(able)].ID
		return last, nothing
	}}
}

// NewLeastConnections returns a policy that picks the backend with the fewest running requests for its weight.
func NewLeastConnections() Policy {
	p, count := &decider{}, make(map[string]int)
	p.decide = func(able []Backend) (string, func()) {
		best := able[0]
		for _, b := range able[1:] {
			if count[b.ID]*best.Weight < count[best.ID]*b.Weight {
				best = b
			}
		}
		count[best.ID]++
		return best.ID, sync.OnceFunc(func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			count[best.ID]--
		})
	}
	return p
}
