package throughcache_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestNobodyWaitsInVain(t *testing.T) {
	prices := list{55, 200}
	check.Run(t, func(t *check.T) {
		for _, slow := range []call{get(day), put(day, 62), remove(day)} {
			for _, other := range []call{get(week), put(week, 300), remove(week)} {
				explore(t, prices, func(s *scene) { s.passesBy(other, slow) })
			}
			explore(t, prices, func(s *scene) {
				s.make(get(week))
				s.passesBy(get(week), slow)
			})
		}
		for _, other := range []call{put(day, 62), remove(day)} {
			explore(t, prices, func(s *scene) { s.passesBy(other, get(day)) })
		}
		for _, waiting := range []call{get(day), put(day, 65)} { // somebody is waiting already
			explore(t, prices, func(s *scene) { s.passesBy(get(week), put(day, 62), waiting) })
		}
	})
}

// passesBy makes a call while slow ones of day passes are under way. The office does nothing about them until that call has returned, so if
// it waits for one of them, both wait for ever.
func (s *scene) passesBy(c call, slow ...call) {
	over := make(chan struct{})
	s.x.Name(over, "the return of "+c.String())
	s.office.onLoad = func(key string, _ int) error {
		if key == day {
			<-over
		}
		return nil
	}
	if slow[0].op != "Get" { // a slow read has to do with loads only
		s.office.onWrite = func(key string, _ int) {
			if key == day {
				<-over
			}
		}
	}
	for i, slow := range slow {
		s.starts([]string{"till 1", "till 2"}[i], slow)
	}
	s.make(c)
	close(over)
}
