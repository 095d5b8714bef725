package proof

import (
	"bytes"
	"context"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/score"
)

// tally is how a subject stands on one provider: what its gradings came to so far, in this run and in those that the cache remembers.
type tally struct {
	row     *Row
	servers grading.Servers
	left    int  // gradings to do
	visible bool // the visible tests are run beside this provider
	cache   *Cache
	place   string // in the cache
	seen    entry
	first   []byte // what all gradings must equal
}

func newTally(subject *Row, cache *Cache, p Provider, times int) *tally {
	t := &tally{
		row:     &Row{Subject: subject.Subject, Mutant: subject.Mutant},
		servers: p.Servers, cache: cache, place: cache.place(p, subject.Subject),
	}
	if t.seen = cache.load(t.place); t.seen.Times > 0 {
		t.hold()
	}
	t.left = max(0, times-t.seen.Times)
	return t
}

// done reports that there is nothing to do.
func (t *tally) done() bool { return t.left == 0 && (!t.visible || t.seen.Visible) }

// hold compares the first grading with what must come; all others must equal it.
func (t *tally) hold() {
	var err error
	t.row.Result = t.seen.Result
	if t.first, err = comparable(t.row); err != nil {
		t.row.wrong("compare gradings: %v", err)
	}
	t.row.expectVerdicts()
}

// add compares a grading byte for byte with those before, and shows one that differs.
func (t *tally) add(result *score.Lab) {
	t.left--
	if t.seen.Times == 0 {
		t.seen = entry{Times: 1, Result: result}
		t.hold()
		return
	}
	this, err := comparable(&Row{Subject: t.row.Subject, Result: result})
	switch {
	case err != nil:
		t.row.wrong("compare gradings: %v", err)
	case bytes.Equal(t.first, this):
		t.seen.Times++
	case len(t.row.Problems) == 0: // one is enough
		t.row.wrong("gradings %d and %d differ:\n%s", t.seen.Times, t.seen.Times+1,
			difference(t.seen.Result, result, string(t.first), string(this)))
	}
}

// keep puts away how the subject stands, or drops what was put away if that was wrong. Then there is no more to do, either.
func (t *tally) keep() {
	if len(t.row.Problems) > 0 {
		t.left = 0
		t.cache.forget(t.place)
		return
	}
	t.cache.save(t.place, t.seen)
}

// see runs the visible tests, unless they were seen to come out as they must.
func (t *tally) see(ctx context.Context, g Grader) {
	if !t.visible || t.seen.Visible {
		return
	}
	t.row.expectVisible(ctx, g, t.row.Subject.Name != "stub")
	t.seen.Visible = len(t.row.Problems) == 0
	t.keep()
}

// comparable is all of a grading that must be the same every time.
func comparable(r *Row) ([]byte, error) {
	return report.Comparable(score.Sum(r.Subject.Name, []*score.Lab{r.Result}))
}
