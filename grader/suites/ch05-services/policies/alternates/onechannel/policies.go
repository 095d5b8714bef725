package policies

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

// balancer is all four policies that keep a state: a table with a row for every backend that was ever seen, and a rule that says who
// is best. Who has received the table from the channel owns it until she sends it back.
type balancer struct {
	table chan map[string]*row
	best  func(rows []*row) *row
}

type row struct {
	id      string
	weight  float64
	credit  float64
	running float64
	seen    int // the pick in whose list it was last
	turn    int // the pick that it got last
}

func (r *row) load() float64 { return r.running / r.weight }

func newBalancer(best func(rows []*row) *row) Policy {
	b := &balancer{make(chan map[string]*row, 1), best}
	b.table <- map[string]*row{"": {}} // the row without a name counts the picks
	return b
}

func (b *balancer) Pick(_ Request, backends []Backend) (string, func(), error) {
	table := <-b.table
	rows := update(table, backends)
	if len(rows) == 0 {
		b.table <- table
		return "", nil, ErrNoBackend
	}
	chosen := b.best(rows)
	chosen.turn = table[""].turn
	chosen.running++
	b.table <- table
	var once sync.Once
	return chosen.id, func() {
		once.Do(func() {
			table := <-b.table
			chosen.running--
			b.table <- table
		})
	}, nil
}

// update brings the table up to date, and returns the rows of those in the list.
func update(table map[string]*row, backends []Backend) (rows []*row) {
	clock := table[""]
	clock.turn++
	for _, b := range backends {
		if b.Weight == 0 {
			continue
		}
		r := table[b.ID]
		if r == nil {
			r = &row{id: b.ID}
			table[b.ID] = r
		}
		if r.seen != clock.turn-1 {
			r.credit = 0 // it was away
		}
		r.weight, r.seen = float64(b.Weight), clock.turn
		rows = append(rows, r)
	}
	return rows
}

// NewRoundRobin takes the one behind that with the latest turn of all, if it is here.
func NewRoundRobin() Policy {
	last := 0 // the pick before
	return newBalancer(func(rows []*row) *row {
		latest := slices.MaxFunc(rows, func(x, y *row) int { return cmp.Compare(x.turn, y.turn) })
		here := latest.turn == last && last > 0
		last = latest.seen // this one
		if !here {
			return rows[0]
		}
		return rows[(slices.Index(rows, latest)+1)%len(rows)]
	})
}

// NewWeightedRoundRobin sorts by credit.
func NewWeightedRoundRobin() Policy {
	return newBalancer(func(rows []*row) *row {
		sum := 0.0
		for _, r := range rows {
			r.credit += r.weight
			sum += r.weight
		}
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(x, y *row) int { return cmp.Compare(y.credit, x.credit) })
		rows[0].credit -= sum
		return rows[0]
	})
}

// NewLeastConnections divides: two fractions of small whole numbers are the same number exactly if their floats are.
func NewLeastConnections() Policy {
	return newBalancer(func(rows []*row) *row {
		best, least := (*row)(nil), math.Inf(1)
		for _, r := range rows {
			if r.load() < least {
				best, least = r, r.load()
			}
		}
		return best
	})
}

// NewTwoChoices deletes the first choice before it takes the second.
func NewTwoChoices(rand func(n int) int) Policy {
	return newBalancer(func(rows []*row) *row {
		if len(rows) == 1 {
			return rows[0]
		}
		i := rand(len(rows))
		first := rows[i]
		rest := slices.Delete(slices.Clone(rows), i, i+1)
		second := rest[rand(len(rest))]
		if second.load() < first.load() {
			return second
		}
		return first
	})
}

// router makes all names lower case before it compares.
type router struct {
	rules     []Rule
	otherwise Policy
}

// NewRouter returns a router.
func NewRouter(rules []Rule, otherwise Policy) Policy { return &router{rules, otherwise} }

func (p *router) Pick(req Request, backends []Backend) (string, func(), error) {
	header := make(map[string][]string)
	for name, values := range req.Header {
		header[strings.ToLower(name)] = values
	}
	for _, r := range p.rules {
		method := r.Method == "" || r.Method == req.Method
		field := r.Header == "" || slices.Index(header[strings.ToLower(r.Header)], r.Value) >= 0
		if method && field {
			return r.Policy.Pick(req, within(backends, r.Pool))
		}
	}
	return p.otherwise.Pick(req, within(backends, ""))
}

func within(backends []Backend, pool string) []Backend {
	return slices.DeleteFunc(slices.Clone(backends), func(b Backend) bool { return b.Pool != pool })
}
