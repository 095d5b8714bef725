package throughcache_test

import (
	"context"
	"fmt"
	"testing"

	"scalelab/labs/ch06-caching/throughcache"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestPanicReachesWhoStartedTheLoad(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, list{55, none}, func(s *scene) {
			s.office.onLoad = firstPanics
			s.expect(get(day), answer{panic: panicOfLoad}, "The first load panics")
			s.expect(get(day), priced(55), "The first load has panicked, the second does not")
		})
		explore(t, list{55, none}, func(s *scene) {
			s.office.onLoad = firstPanics
			s.make(get(day))
			s.expect(put(day, 62), done, "The first load has panicked")
			s.expect(get(day), priced(62), "The first load has panicked, and Put(day, 62) has returned")
		})
		for _, tills := range []int{2, 3} {
			explore(t, list{55, none}, func(s *scene) { s.onePanics(tills) })
		}
		explore(t, list{55, none}, starterLeaves)
	})
}

func firstPanics(_ string, nth int) error {
	if nth == 1 {
		return errPanic
	}
	return nil
}

// onePanics lets tills read while the first load panics: for one of them that is its own load.
func (s *scene) onePanics(tills int) {
	s.office.onLoad = firstPanics
	var panics interleave.Note[int]
	for i := range tills {
		s.start(fmt.Sprintf("till %d", i+1), func() {
			switch a := s.make(get(day)).String(); a {
			case answer{panic: panicOfLoad}.String():
				next(&panics)
			case failed(throughcache.ErrLoad).String(), "55": // it joined, or came later
			default:
				s.x.Errorf("the first load panics, and later ones bring 55; a till gets the panic if it started that load, ErrLoad if it joined, and 55 if it "+
					"came later; but this one gets: %s", a)
			}
		})
	}
	s.busy.Wait()
	s.same("1", fmt.Sprint(panics.Get()), fmt.Sprintf("%d tills read, and the first load panics; the number of tills that panic", tills))
	s.expect(get(day), priced(55), "The first load has panicked, later ones do not")
}

// starterLeaves lets the load panic only when the till that started it has left.
func starterLeaves(s *scene) {
	ctx, cancel := context.WithCancel(context.Background())
	begun, left := make(chan struct{}), make(chan struct{})
	s.x.Name(begun, "the beginning of the load")
	s.x.Name(left, "the return of till 1")
	s.office.onLoad = func(_ string, nth int) error {
		if nth == 1 {
			close(begun)
			<-left
			return errPanic
		}
		return nil
	}
	s.start("till 1", func() {
		defer close(left)
		a := s.makeWith(ctx, get(day))
		s.same(failed(context.Canceled).String(), a.String(), "Till 1 started a load, and its context ended meanwhile; what its Get returns")
	})
	<-begun
	s.start("till 2", func() {
		if a := s.make(get(day)).String(); a != failed(throughcache.ErrLoad).String() && a != "55" {
			s.x.Errorf("the load that till 1 started panics when till 1 has left; till 2 gets ErrLoad if it joined, and 55 if it came later; but it gets: %s", a)
		}
	})
	cancel()
	s.busy.Wait()
	s.expect(get(day), priced(55), "The first load has panicked, later ones do not")
}
