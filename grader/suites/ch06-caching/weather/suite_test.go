// Package weather_test is the hidden suite of the lab weather. The rules stand in the lab's lab.yaml.
//
//	suite_test.go      what is answered: the report, nothing, no such method
//	freshness_test.go  how long an answer may be shown
//	tags_test.go       what a tag is a name for
//	questions_test.go  when the answer is 304, and what it says
//	slow_test.go       what happens while somebody takes his time to read
//
// Time is virtual: a scene begins at midnight, and sleeps until the hour at which something happens. Requests are made by calling
// ServeHTTP, one after the other. Rules about headers are checked on the headers; five of the checks also play what becomes of
// skiers who trust them, with a real cache in between (cache_helpers_test.go), and show it if something is wrong.
package weather_test

import (
	"testing"
	"time"

	"scalelab/labs/ch06-caching/weather"
	"scalelab/pkg/check"
)

// TestMain moves the station to where people live, so that whoever takes local time for GMT is seen on every machine.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("CET", 60*60)
	check.Main(m)
}

const (
	piste  = "/weather/arlberg"
	valley = "/weather/montafon"
)

func report(english, german string, next time.Time) weather.Report {
	return weather.Report{English: english, German: german, Next: next}
}

func TestAnswersWithTheReport(t *testing.T) {
	check.Bubble(t, func(t *check.T) { inTheHut(t, tooEarly, answersWithTheReport) })
}

func answersWithTheReport(s *scene) {
	s.at("06:59:00")
	s.asks("GET", piste).isNotFound("there is no report yet")
	s.asks("GET", piste, ifNoneMatch, "*").isNotFound("there is no report yet, and so none that the client could have: * is no exception")
	s.at("07:00:00")
	s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
	s.updates("montafon", report("sun", "Sonne", s.clock("08:00:00")))
	s.asks("GET", piste).is(200, "fog", "the latest report of arlberg")
	s.asks("GET", valley).is(200, "sun", "the latest report of montafon")
	s.asks("GET", piste, acceptLanguage, "de-AT,de;q=0.9").is(200, "Nebel", "the report in the language that In chooses")
	s.asks("GET", "/weather/kitzsteinhorn").isNotFound("there is no report yet of this resort")
	s.asks("GET", "/lifts/arlberg").has(404, "the path is not /weather/{resort}")
	s.at("07:30:00")
	s.updates("arlberg", report("storm", "Sturm", s.clock("09:00:00")))
	s.asks("GET", piste).is(200, "storm", "the report was updated")
	s.asks("GET", valley).is(200, "sun", "only the report of the other resort was updated")
	s.at("09:30:00")
	s.asks("GET", piste).is(200, "storm", "the next report is late, so the latest is still the one to show")
}

// tooEarly is a morning on which somebody looks before there is a report.
func tooEarly(h *hut) {
	h.s.at("06:55:00")
	h.sees(status(404), "", false)
	h.s.at("07:00:00")
	h.updates(report("fog", "Nebel", h.s.clock("08:00:00")))
	h.s.at("07:03:00")
	h.sees("fog", "", false)
}

func TestMethods(t *testing.T) {
	play(t, func(s *scene) {
		s.at("07:00:00")
		s.asks("HEAD", piste).has(404, "HEAD is answered like GET: there is no report yet")
		s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
		get := s.asks("GET", piste).has(200, "there is a report")
		head := s.asks("HEAD", piste).has(200, "HEAD is answered like GET")
		for _, name := range []string{cacheControl, eTag, lastModified, vary} {
			s.same(head, name, s.shown(name, get.header), s.shown(name, head.header), "HEAD has the headers of GET")
		}
		s.asks("HEAD", piste, ifNoneMatch, get.tag()).has(304, "HEAD is answered like GET: this tag is that of the report")
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			a := s.asks(method, piste).has(405, "a report can only be read")
			s.same(a, allow, "GET, HEAD", set(a.header, allow), "405 says which methods there are")
		}
		s.asks("GET", piste).shows(200, "fog", "none of these methods has changed anything")
	})
}
