package weather_test

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestASlowSkierHoldsNobodyUp(t *testing.T) {
	play(t, func(s *scene) {
		s.at("07:00:00")
		s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
		fog := s.asks("GET", piste).has(200, "there is a report")

		slow := newWire("GET")
		slow.slow = make(chan struct{})
		arrived := false
		defer func() { // in any case, or the bubble would see those who wait
			if !arrived {
				close(slow.slow)
				synctest.Wait()
			}
		}()
		s.story.request("GET "+piste+"    (on a slow line: the answer takes half an hour)", nil)
		s.meanwhile("", func() {
			s.station.ServeHTTP(slow, httptest.NewRequestWithContext(s.t.Context(), "GET", piste, nil))
		})
		s.at("07:10:00")
		quick := newWire("GET")
		s.story.request("GET "+piste, nil)
		s.meanwhile("another skier must be answered while one still receives his answer", func() {
			s.station.ServeHTTP(quick, httptest.NewRequestWithContext(s.t.Context(), "GET", piste, nil))
		})
		s.answered(quick.finish()).shows(200, "fog", "the latest report")
		s.at("07:20:00")
		storm := report("storm", "Sturm", s.clock("09:00:00"))
		s.story.issues("arlberg", storm)
		s.meanwhile("Update must return while a skier still receives his answer", func() { s.station.Update("arlberg", storm) })
		s.asks("GET", piste).shows(200, "storm", "the report was updated")
		s.at("07:30:00")
		arrived = true
		close(slow.slow)
		synctest.Wait()
		s.story.note("the answer has arrived on the slow line")
		s.answered(slow.finish()).hasTagOf(fog, "it is the answer to the request of 07:00:00").
			shows(200, "fog", "the answer began with the tag of this report, so this must be its text")
	})
}

// meanwhile does something in a goroutine of its own, and demands that it ends by itself; or nothing, if no rule is given.
func (s *scene) meanwhile(rule string, does func()) {
	s.t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		does()
	}()
	synctest.Wait()
	select {
	case <-ended:
	default:
		if rule != "" {
			s.story.stuck()
			require.FailNow(s.t, rule)
		}
	}
}
