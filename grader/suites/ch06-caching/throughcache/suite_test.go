// Package throughcache_test is the hidden suite of the lab throughcache. The rules stand in the lab's lab.yaml.
//
//	suite_test.go    reads and what they keep
//	writes_test.go   writes, one after the other and one that fails
//	overlap_test.go  reads and writes that overlap
//	waiting_test.go  who may wait for whom
//	leaving_test.go  contexts, in virtual time
//
// Each check but that of the contexts plays small scenes under the scheduler of package interleave, in many orders. The store is the office:
// it orders nothing, and others may be faster at any of its steps. Where a load has to be slow, no clock makes it so, but the order.
package throughcache_test

import (
	"fmt"
	"strings"
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }

// step is a call, what it must return, and how often the office must have been asked and written to by then.
type step struct {
	call          call
	want          answer
	loads, writes int
}

func TestLaterReadsAreHits(t *testing.T) {
	noPrice := failed(errNoPrice)
	stories := [][]step{
		{{get(day), priced(55), 1, 0}, {get(day), priced(55), 1, 0}, {get(week), priced(0), 2, 0}, {get(week), priced(0), 2, 0}},
		{{put(day, 62), done, 0, 1}, {get(day), priced(62), 0, 1}, {put(day, 65), done, 0, 2}, {get(day), priced(65), 0, 2}},
		{{get(day), priced(55), 1, 0}, {put(day, 62), done, 1, 1}, {get(day), priced(62), 1, 1}, {get(week), priced(0), 2, 1}},
		{{put(day, 0), done, 0, 1}, {get(day), priced(0), 0, 1}},
		{
			{get(day), priced(55), 1, 0},
			{put(week, 300), done, 1, 1},
			{remove(day), done, 1, 2},
			{get(week), priced(300), 1, 2},
			{get(day), noPrice, 2, 2},
			{put(day, 62), done, 2, 3},
			{get(day), priced(62), 2, 3},
		},
		{{remove(day), done, 0, 1}, {get(day), noPrice, 1, 1}, {remove(day), done, 1, 2}},
	}
	check.Run(t, func(t *check.T) {
		for _, story := range stories {
			explore(t, list{55, 0}, func(s *scene) { s.follow(story) })
		}
	})
}

// follow makes one call after the other.
func (s *scene) follow(story []step) {
	var before []string
	for _, st := range story {
		got := s.make(st.call)
		before = append(before, st.call.String())
		s.same(
			fmt.Sprintf("%v, after %d loads and %d writes of the store", st.want, st.loads, st.writes),
			fmt.Sprintf("%v, after %d loads and %d writes of the store", got, s.office.loads.Get(), s.office.writes.Get()),
			"The office has 55 for a day and 0 for a week; "+strings.Join(before, ", then ")+"; the last one's result")
	}
}

func TestReadersShareOneLoad(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, list{55, none}, func(s *scene) {
			s.enough(1, "two tills read a key that nobody wrote")
			s.starts("till 1", get(day), get(day))
			s.starts("till 2", get(day))
		})
		explore(t, list{55, none}, func(s *scene) {
			s.enough(1, "three tills read a key that nobody wrote")
			for _, till := range []string{"till 1", "till 2", "till 3"} {
				s.starts(till, get(day))
			}
		})
		explore(t, list{55, none}, func(s *scene) { // two readers after a write, and a load from before it
			s.enough(2, "till 1 may have begun a load before the Put returned; those who came after the Put, which failed, share another one")
			s.office.fate = always(doneButNotTold)
			s.starts("till 1", get(day))
			s.make(put(day, 62))
			s.starts("till 2", get(day))
			s.make(get(day))
		})
	})
}

// enough says how many loads are enough. The one that is too many fails, so that it is the one that is marked.
func (s *scene) enough(most int, story string) { s.office.most, s.office.story = most, story }

func ordinal(n int) string { return []string{"second", "third"}[min(n, 3)-2] }

func TestErrorsAreNotKept(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, list{none, none}, func(s *scene) {
			for nth := 1; nth <= 2; nth++ {
				s.expect(get(day), failed(errNoPrice), "The office has no price")
				s.same(fmt.Sprint(nth), fmt.Sprint(s.office.loads.Get()), fmt.Sprintf("There is no price, and an error is not kept; Get was called %d times; the number of loads", nth))
			}
		})
		explore(t, list{55, none}, func(s *scene) {
			s.office.onLoad = firstFails
			s.expect(get(day), failed(errLine), "The first load fails")
			s.expect(get(day), priced(55), "The first load has failed, the second does not")
		})
		explore(t, list{55, none}, func(s *scene) {
			s.office.onLoad = firstFails
			for _, till := range []string{"till 1", "till 2"} {
				s.start(till, func() {
					if a := s.make(get(day)).String(); a != failed(errLine).String() && a != "55" {
						s.x.Errorf("the first load fails, any later load brings 55; each read returns what its load brought, but this one returned %s", a)
					}
				})
			}
			s.busy.Wait()
			s.expect(get(day), priced(55), "The first load has failed, later ones do not")
		})
	})
}

func firstFails(_ string, nth int) error {
	if nth == 1 {
		return errLine
	}
	return nil
}
