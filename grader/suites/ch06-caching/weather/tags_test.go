package weather_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestATagNamesAReport(t *testing.T) {
	play(t, func(s *scene) {
		s.at("07:00:00")
		s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
		fog := s.asks("GET", piste).has(200, "there is a report").isTagged()
		s.at("07:00:01")
		s.asks("GET", piste).isTagged().hasTagOf(fog, "it is the same report")
		s.at("08:30:00")
		s.asks("GET", piste).hasTagOf(fog, "the next report is late, so it is the same report")
		s.updates("montafon", report("sun", "Sonne", s.clock("09:00:00")))
		s.asks("GET", piste).hasTagOf(fog, "another resort has a new report")
		s.updates("arlberg", report("storm", "Sturm", s.clock("09:30:00")))
		storm := s.asks("GET", piste).isTagged().hasOtherTagThan("it is another report", fog)
		s.updates("arlberg", report("sunny", "sonnig", s.clock("09:30:00")))
		sunny := s.asks("GET", piste).isTagged().hasOtherTagThan("it is another report, although issued in the same second", fog, storm)
		s.asks("GET", piste, ifNoneMatch, storm.tag()).shows(200, "sunny", "the client has the report before")
		s.at("10:00:00")
		s.asks("GET", piste).hasTagOf(sunny, "it is the same report")
		german := s.asks("GET", piste, acceptLanguage, "de").shows(200, "sonnig", "somebody reads German")
		s.updates("arlberg", report("sunny", "heiter", s.clock("11:00:00")))
		s.asks("GET", piste, acceptLanguage, "de").shows(200, "heiter", "there is a new report").
			hasOtherTagThan("the German text is another one, the English one is not", german)
	})
}

func TestNoTagIsUsedAgain(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		inTheHut(t, restartAtEight, func(s *scene) {
			s.at("07:00:00")
			s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
			fog := s.asks("GET", piste).has(200, "there is a report")
			s.at("07:30:00")
			s.restarts()
			s.updates("arlberg", report("storm", "Sturm", s.clock("08:30:00")))
			storm := s.asks("GET", piste, ifNoneMatch, fog.tag()).shows(200, "storm", "the tag is that of a report before the restart").
				hasOtherTagThan("the tag is that of a report before the restart", fog)
			s.at("07:45:00")
			s.updates("arlberg", report("snow", "Schnee", s.clock("08:30:00")))
			s.asks("GET", piste).hasOtherTagThan("the tag is that of an earlier report", fog, storm)
		})
	})
}

// restartAtEight is a morning on which the station is started again.
func restartAtEight(h *hut) {
	h.s.at("07:00:00")
	h.updates(report("fog", "Nebel", h.s.clock("08:00:00")))
	h.sees("fog", "", false)
	h.s.at("07:55:00")
	h.restarts()
	h.s.at("08:00:00")
	h.updates(report("storm", "Sturm", h.s.clock("09:00:00")))
	h.s.at("08:05:00")
	h.sees("storm", "", false)
}
