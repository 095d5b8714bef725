package eviction_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// trace is a long list of requests. Whoever finds nothing goes to the archive and puts what she has found there.
type trace struct {
	name     string
	capacity int
	requests []int
}

const requests = 2000

// traces are the same three each time.
func traces() []trace {
	const popular, capacity = 200, 20
	dice := dice(1)
	zipf := dice.zipf(requests, popular)
	scan, loop := slices.Clone(zipf), make([]int, requests)
	for i := range requests {
		if i%600 >= 400 { // somebody leafs through the whole archive
			scan[i] = popular + i
		}
		loop[i] = i % (capacity + 5)
	}
	return []trace{
		{"Zipf: few keys are popular, most are rare", capacity, zipf},
		{"scans: the same, but now and then somebody asks for everything once", capacity, scan},
		{"loop: 25 keys, one after the other, again and again", capacity, loop},
	}
}

// dice is a linear congruential generator: the same numbers on every machine.
type dice uint64

func (d *dice) next(n uint64) uint64 {
	*d = *d*6364136223846793005 + 1442695040888963407
	return uint64(*d>>33) % n
}

// zipf returns n numbers below the given one. Number i comes 1/(i+1) times as often as number 0.
func (d *dice) zipf(n, below int) []int {
	const weight = 1_000_000
	var upTo []uint64 // the weights of the numbers up to each
	var sum uint64
	for i := range below {
		sum += weight / uint64(i+1)
		upTo = append(upTo, sum)
	}
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i], _ = slices.BinarySearch(upTo, d.next(sum)+1)
	}
	return numbers
}

func TestTracesHaveTheHitsOfTheirPolicy(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, tr := range traces() {
			for _, p := range both {
				tr.follow(t, p)
			}
		}
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(3, 6, 5), steps: steps(4, 7, 5, "Put", "Get", "wait"), updates: true, counted: true})
			scene(t, p, kind{updates: true, counted: true}, limits{2, 5, 1}, metAndTooDear...)
		}
	})
}

// follow makes all requests of a trace and compares the hits.
func (tr trace) follow(t *check.T, p policy) {
	t.Helper()
	want, wanted := tr.hits(&slowCache{model{policy: p, limits: limits{capacity: tr.capacity}}})
	var got []bool
	var stats eviction.Stats
	alone(t, requests*100, func() {
		got, stats = tr.hits(p.make(eviction.Options[string, page]{Capacity: tr.capacity}))
	})
	if stats == wanted && slices.Equal(want, got) {
		return
	}
	first := fmt.Sprintf("Get has found what it must in every request, but Stats is wrong.\n  must be  %+v\n  but is   %+v", wanted, stats)
	e := check.Evidence{Kind: "hit rate", Title: "Hits along the trace", Text: tr.chart(p, want, got)}
	if i := differ(want, got); i < len(want) {
		first = fmt.Sprintf("The first difference is at request %d, for key %d: must be %s, but is %s.", i+1, tr.requests[i], hit(want[i]), hit(got[i]))
		e.SVG = tr.until(t, p, i).SVG()
	}
	check.Show(t, e)
	t.Fatalf("%s, Capacity %d; the trace \"%s\" must have %d hits in %d requests; this cache has %d. %s",
		p.name, tr.capacity, tr.name, wanted.Hits, requests, count(got), first)
}

// alone runs body under the scheduler, where nobody disturbs it and the same code does the same every time.
func alone(t *check.T, steps int, body func()) {
	t.Helper()
	report := interleave.Find(interleave.Options{Random: 1, Preemptions: -1, Leftovers: true, Native: 1, Steps: steps},
		func(*interleave.Run) { body() })
	switch {
	case report == nil:
	case report.Unjudged != "":
		check.Unjudged(t, report.Unjudged)
	case report.Failure != nil:
		check.Blame(t, report.Failure)
		t.Fatalf("%s", report.Failure.Story())
	}
}

// hits makes all requests and tells which ones found something.
func (tr trace) hits(c interface {
	Get(k string) (page, bool)
	Put(k string, v page)
	Stats() eviction.Stats
}) ([]bool, eviction.Stats) {
	var hits []bool
	for _, r := range tr.requests {
		k := fmt.Sprint(r)
		_, ok := c.Get(k)
		if hits = append(hits, ok); !ok {
			c.Put(k, page{text: k})
		}
	}
	return hits, c.Stats()
}

// slowCache is the model with the methods of a cache.
type slowCache struct{ model }

func (c *slowCache) Get(k string) (page, bool) { return c.get(k) }
func (c *slowCache) Put(k string, v page)      { c.put(k, v) }
func (c *slowCache) Keys() []string            { return c.keys() }
func (c *slowCache) Stats() eviction.Stats     { return c.stats }

func differ(a, b []bool) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

func count(hits []bool) (n int) {
	for _, h := range hits {
		if h {
			n++
		}
	}
	return n
}

func hit(ok bool) string {
	if ok {
		return "a hit"
	}
	return "a miss"
}

// chart draws the hit rates, a column for each 50 requests.
func (tr trace) chart(p policy, want, got []bool) string {
	const each = 50
	var text strings.Builder
	fmt.Fprintf(&text, "%s, Capacity %d, %s\n\n", p.name, tr.capacity, tr.name)
	mark := strings.Repeat(" ", differ(want, got)/each) + "^ first difference"
	if differ(want, got) == len(want) {
		mark = "no difference"
	}
	fmt.Fprintf(&text, "must be  %s  %4d hits\n", bars(want, each), count(want))
	fmt.Fprintf(&text, "but is   %s  %4d hits\n", bars(got, each), count(got))
	fmt.Fprintf(&text, "         %s\n\n", mark)
	fmt.Fprintf(&text, "A column stands for %d requests: a dot if none of them was a hit, a full block if all were.\n", each)
	return text.String()
}

func bars(hits []bool, each int) string {
	heights := []rune("·▁▂▃▄▅▆▇█")
	var line []rune
	for part := range slices.Chunk(hits, each) {
		line = append(line, heights[(count(part)*8+each-1)/each])
	}
	return string(line)
}
