package weather_test

import (
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/weather"
)

func TestASlowSkierHoldsNobodyUp(t *testing.T) {
	play(t, slowReport, slowNotFound)
}

// slowReport is a day on which a report takes half an hour to arrive.
func slowReport(s *scene) {
	s.at("07:00:00")
	s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
	fog := s.asks("GET", piste).has(200, "there is a report")

	slow, arrives := s.asksSlowly(piste)
	defer arrives()
	s.at("07:10:00")
	s.mustAnswer("fog")
	s.at("07:20:00")
	s.mustUpdate(report("storm", "Sturm", s.clock("09:00:00")))
	s.asks("GET", piste).shows(200, "storm", "the report was updated")
	s.at("07:30:00")
	arrives()
	s.story.note("the answer has arrived on the slow line")
	s.answered(slow.finish()).hasTagOf(fog, "it is the answer to the request of 07:00:00").
		shows(200, "fog", "the answer began with the tag of this report, so this must be its text")
}

// slowNotFound is a day on which it takes half an hour to hear that there is no report.
func slowNotFound(s *scene) {
	s.at("07:00:00")
	s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
	slow, arrives := s.asksSlowly("/weather/kitzsteinhorn")
	defer arrives()
	s.at("07:10:00")
	s.mustAnswer("fog")
	s.at("07:20:00")
	s.mustUpdate(report("storm", "Sturm", s.clock("09:00:00")))
	s.at("07:30:00")
	arrives()
	s.story.note("the answer has arrived on the slow line")
	s.answered(slow.finish()).has(404, "there is no report of this resort")
}

// asksSlowly makes a request whose answer is under way until arrives is called, which must be in any case, or the bubble would see
// those who wait.
func (s *scene) asksSlowly(path string) (slow *wire, arrives func()) {
	s.t.Helper()
	slow = newWire("GET")
	slow.slow = make(chan struct{})
	s.story.request("GET "+path+"    (on a slow line: the answer takes half an hour)", nil)
	s.meanwhile("", func() {
		s.station.ServeHTTP(slow, httptest.NewRequestWithContext(s.t.Context(), "GET", path, nil))
	})
	return slow, sync.OnceFunc(func() {
		close(slow.slow)
		synctest.Wait()
	})
}

// mustAnswer demands that another skier gets this text.
func (s *scene) mustAnswer(text string) {
	s.t.Helper()
	quick := newWire("GET")
	s.story.request("GET "+piste, nil)
	s.meanwhile("another skier must be answered while one still receives his answer", func() {
		s.station.ServeHTTP(quick, httptest.NewRequestWithContext(s.t.Context(), "GET", piste, nil))
	})
	s.answered(quick.finish()).shows(200, text, "the latest report")
}

// mustUpdate demands that Update returns.
func (s *scene) mustUpdate(r weather.Report) {
	s.t.Helper()
	s.story.issues("arlberg", r)
	s.meanwhile("Update must return while a skier still receives his answer", func() { s.station.Update("arlberg", r) })
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
