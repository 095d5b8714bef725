package policies

import (
	"slices"
	"strings"
	"sync"
)

// decider is what all policies but the router share: whoever has no weight is left out, and one lock is held for the whole decision.
type decider struct {
	mu     sync.Mutex
	decide func(able []Backend) (id string, done func()) // called under mu, never with an empty list
}

func (p *decider) Pick(_ Request, backends []Backend) (string, func(), error) {
	var able []Backend // a new list: the caller's is not ours to change
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

// NewWeightedRoundRobin returns a policy that lets the backends take turns, each as often as its weight says, and spread evenly.
func NewWeightedRoundRobin() Policy {
	var before map[string]int // the credit of the backends of the last list
	return &decider{decide: func(able []Backend) (string, func()) {
		credit, total, best := make(map[string]int), 0, able[0].ID
		for _, b := range able {
			credit[b.ID] = before[b.ID] + b.Weight
			total += b.Weight
			if credit[b.ID] > credit[best] {
				best = b.ID
			}
		}
		credit[best] -= total
		before = credit // whoever is not in this list is forgotten
		return best, nothing
	}}
}

// running counts the requests that are not done, for each backend, also for those that are in no list at the moment.
type running struct {
	decider
	count map[string]int // guarded by mu
}

// fewer says whether a has fewer requests for its weight than b: a's count/weight < b's, without a fraction.
func (p *running) fewer(a, b Backend) bool { return p.count[a.ID]*b.Weight < p.count[b.ID]*a.Weight }

// begin counts a request, and returns what ends it.
func (p *running) begin(id string) (string, func()) {
	p.count[id]++
	ended := false
	return id, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !ended {
			ended = true
			p.count[id]--
		}
	}
}

// NewLeastConnections returns a policy that picks the backend with the fewest running requests for its weight.
func NewLeastConnections() Policy {
	p := &running{count: make(map[string]int)}
	p.decide = func(able []Backend) (string, func()) {
		best := able[0]
		for _, b := range able[1:] {
			if p.fewer(b, best) {
				best = b
			}
		}
		return p.begin(best.ID)
	}
	return p
}

// NewTwoChoices returns a policy that draws two different backends and picks the one with fewer running requests for its weight.
func NewTwoChoices(rand func(n int) int) Policy {
	p := &running{count: make(map[string]int)}
	p.decide = func(able []Backend) (string, func()) {
		if len(able) == 1 {
			return p.begin(able[0].ID)
		}
		i, j := rand(len(able)), rand(len(able)-1)
		if j >= i {
			j++ // the second number counts the backends without the first one
		}
		if p.fewer(able[j], able[i]) {
			return p.begin(able[j].ID)
		}
		return p.begin(able[i].ID)
	}
	return p
}

// router is its rules; the last one has no conditions.
type router []Rule

// NewRouter returns a policy that sends a request to the pool of the first rule that it meets, where the rule's policy picks.
func NewRouter(rules []Rule, otherwise Policy) Policy {
	return append(router(slices.Clone(rules)), Rule{Policy: otherwise}) // otherwise: the backends without a pool
}

func (p router) Pick(req Request, backends []Backend) (string, func(), error) {
	rule := p[slices.IndexFunc(p, func(r Rule) bool { return meets(req, r) })]
	var pool []Backend
	for _, b := range backends {
		if b.Pool == rule.Pool {
			pool = append(pool, b)
		}
	}
	return rule.Policy.Pick(req, pool)
}

// meets says whether the request meets the rule's conditions.
func meets(req Request, r Rule) bool {
	if r.Method != "" && r.Method != req.Method {
		return false
	}
	for name, values := range req.Header {
		if strings.EqualFold(name, r.Header) && slices.Contains(values, r.Value) {
			return true
		}
	}
	return r.Header == ""
}
