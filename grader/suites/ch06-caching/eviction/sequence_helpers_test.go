package eviction_test

import (
	"flag"

	"pgregory.net/rapid"

	"scalelab/pkg/check"
)

// step is one thing that happens to a cache: a call, or some minutes that go by.
type step struct {
	what string // "Put", "Get" or "wait"
	key  string
	cost int64 // of what is put
	wait int   // minutes
}

// kind is what a check is about: which sequences it tries, and what it looks at.
type kind struct {
	limits  *rapid.Generator[limits]
	steps   *rapid.Generator[step]
	updates bool // Put may meet its key; otherwise such steps are left out
	ordered bool // Keys must have the right order, and not only the right keys
	told    bool // look at OnEvict only, and take for granted what the cache holds
	counted bool // look at Stats only, likewise

	needless string // "Cost" or "Now", if there is one although there is no MaxCost or no TTL
}

// watched says that a check believes the cache: it looks at what the cache says about what it does, and not at what it does.
func (k kind) watched() bool { return k.told || k.counted }

// steps returns a generator of single steps. What comes first in a list is tried first when a sequence is made shorter.
func steps(keys int, costs int64, minutes int, whats ...string) *rapid.Generator[step] {
	return rapid.Custom(func(t *rapid.T) step {
		s := step{what: rapid.SampledFrom(whats).Draw(t, "what")}
		switch s.what {
		case "wait":
			s.wait = rapid.IntRange(1, minutes).Draw(t, "minutes")
			return s
		case "Put":
			s.cost = rapid.Int64Range(0, costs).Draw(t, "cost")
		}
		s.key = string(rune('a' + rapid.IntRange(0, keys-1).Draw(t, "key")))
		return s
	})
}

func anyLimits(capacities int, costs int64, ttls int) *rapid.Generator[limits] {
	return rapid.Custom(func(t *rapid.T) limits {
		return limits{
			capacity: rapid.IntRange(1, capacities).Draw(t, "capacity"),
			maxCost:  rapid.Int64Range(min(1, costs), costs).Draw(t, "max cost"),
			ttl:      rapid.IntRange(min(1, ttls), ttls).Draw(t, "ttl"),
		}
	})
}

// sequences tries sequences of calls on caches of a policy, and fails with the shortest that it finds to go wrong.
func sequences(t *check.T, p policy, k kind) {
	t.Helper()
	for name, value := range map[string]string{"seed": "1", "checks": "150", "nofailfile": "true", "shrinktime": "24h"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatalf("set rapid.%s: %v", name, err)
		}
	}
	var worst *transcript
	rapid.Check(&quiet{name: t.Name()}, func(r *rapid.T) {
		tr := &transcript{kind: k, policy: p, limits: k.limits.Draw(r, "limits")}
		var all []step
		for range 4 { // rapid's lists are mostly short
			all = append(all, rapid.SliceOfN(k.steps, 0, 10).Draw(r, "steps")...)
		}
		if tr.play(t, all); tr.wrong != "" {
			worst = tr
			r.FailNow()
		}
	})
	if worst != nil {
		worst.tell(t, "The shortest sequence found that goes wrong")
	}
}

// scene plays one given sequence.
func scene(t *check.T, p policy, k kind, l limits, all ...step) {
	t.Helper()
	tr := &transcript{kind: k, policy: p, limits: l}
	if tr.play(t, all); tr.wrong != "" {
		tr.tell(t, "The sequence that goes wrong")
	}
}

func put(key string, cost int64) step { return step{what: "Put", key: key, cost: cost} }
func get(key string) step             { return step{what: "Get", key: key} }
func wait(minutes int) step           { return step{what: "wait", wait: minutes} }

// quiet is the test that rapid thinks it is in. It says nothing: the transcript of the shortest sequence says it better. It is no
// *testing.T, so that rapid finds no deadline by which to stop early.
type quiet struct {
	name   string
	failed bool
}

func (q *quiet) Helper()               {}
func (q *quiet) Name() string          { return q.name }
func (q *quiet) Logf(string, ...any)   {}
func (q *quiet) Log(...any)            {}
func (q *quiet) Skipf(string, ...any)  {}
func (q *quiet) Skip(...any)           {}
func (q *quiet) SkipNow()              {}
func (q *quiet) Errorf(string, ...any) { q.failed = true }
func (q *quiet) Error(...any)          { q.failed = true }
func (q *quiet) Fatalf(string, ...any) { q.failed = true }
func (q *quiet) Fatal(...any)          { q.failed = true }
func (q *quiet) FailNow()              { q.failed = true }
func (q *quiet) Fail()                 { q.failed = true }
func (q *quiet) Failed() bool          { return q.failed }
