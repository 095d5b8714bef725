package eviction_test

import (
	"fmt"
	"slices"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// moment is something that happened to a key at a request of a trace.
type moment struct {
	request int
	text    string
}

// until draws what became of a key, in this cache and in the model, until the request that is the first to find a difference.
func (tr trace) until(t *check.T, p policy, first int) spacetime.Diagram {
	t.Helper()
	const most = 6
	key, yours := fmt.Sprint(tr.requests[first]), "your "+p.name
	var is []moment
	alone(t, requests*100, func() {
		is = tr.life(p.make(eviction.Options[string, page]{Capacity: tr.capacity}), key, first)
	})
	must := tr.life(&slowCache{model{policy: p, limits: limits{capacity: tr.capacity}}}, key, first)
	title := fmt.Sprintf("What becomes of key %s: %s, Capacity %d", key, p.name, tr.capacity)
	r := spacetime.NewRecorder(title, "requests", yours, "must be")
	at := max(lastBut(is, most), lastBut(must, most))
	for i := at; i <= first; i++ {
		here, there := textAt(is, i), textAt(must, i)
		if here == "" && there == "" {
			continue
		}
		asks := r.Step("requests", spacetime.Step{Text: fmt.Sprintf("request %d: %d", i+1, tr.requests[i])})
		if here != "" {
			r.Diagram.AddArrow(asks, r.Step(yours, spacetime.Step{Text: here, Highlight: here != there}))
		}
		if there != "" {
			r.Step("must be", spacetime.Step{Text: there})
		}
	}
	r.Diagram.AddFact("expected", fmt.Sprintf("request %d: %s", first+1, textAt(must, first)))
	r.Diagram.AddFact("actual", fmt.Sprintf("request %d: %s", first+1, textAt(is, first)))
	return r.Diagram
}

// life makes the requests up to the given one and notes what happens to a key.
func (tr trace) life(c interface {
	Get(k string) (page, bool)
	Put(k string, v page)
	Keys() []string
}, key string, last int) (all []moment) {
	for i, request := range tr.requests[:last+1] {
		k, was := fmt.Sprint(request), slices.Contains(c.Keys(), key)
		_, ok := c.Get(k)
		if !ok {
			c.Put(k, page{text: k})
		}
		switch is := slices.Contains(c.Keys(), key); {
		case k == key && ok:
			all = append(all, moment{i, "hit"})
		case k == key:
			all = append(all, moment{i, "miss, Put(" + k + ")"})
		case was && !is:
			all = append(all, moment{i, fmt.Sprintf("key %s goes for key %s", key, k)})
		}
	}
	return all
}

func textAt(all []moment, request int) string {
	if i := slices.IndexFunc(all, func(m moment) bool { return m.request == request }); i >= 0 {
		return all[i].text
	}
	return ""
}

// lastBut returns the request of the last moment but a few.
func lastBut(all []moment, few int) int {
	if len(all) <= few {
		return 0
	}
	return all[len(all)-few].request
}
