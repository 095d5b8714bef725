package weather_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestFreshUntilTheNextReport(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		inTheHut(t, stormAtEight, func(s *scene) {
			s.at("07:00:00")
			s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
			s.updates("montafon", report("sun", "Sonne", s.clock("12:00:00")))
			s.asks("GET", piste).isFor(3600, "the next report is due in an hour")
			s.at("07:50:00")
			s.asks("GET", piste).isFor(600, "the next report is due in ten minutes")
			s.asks("GET", valley).isFor(250*60, "the next report is due in four hours and ten minutes")
			s.at("07:59:00.25")
			s.asks("GET", piste).isFor(59, "seconds are rounded down")
			s.at("07:59:59.5")
			s.asks("GET", piste).isFor(0, "seconds are rounded down")
			s.at("08:00:00")
			s.asks("GET", piste).isFor(0, "the next report is due now")
			s.at("08:30:00")
			s.asks("GET", piste).isFor(0, "the next report is late, and may come at any moment")
			s.updates("arlberg", report("storm", "Sturm", s.clock("08:45:00")))
			s.asks("GET", piste).isFor(900, "the next report is due in a quarter of an hour")
			s.at("08:40:00")
			s.updates("arlberg", report("snow", "Schnee", s.clock("10:00:00")))
			s.asks("GET", piste).isFor(4800, "there is a new report, ahead of time")
		})
	})
}

// stormAtEight is a morning on which somebody looks shortly before the next report is due, and shortly after.
func stormAtEight(h *hut) {
	h.s.at("07:00:00")
	h.updates(report("fog", "Nebel", h.s.clock("08:00:00")))
	h.s.at("07:50:00")
	h.sees("fog", "", false)
	h.s.at("08:00:00")
	h.updates(report("storm", "Sturm", h.s.clock("09:00:00")))
	h.s.at("08:05:00")
	h.sees("storm", "", false)
}

func TestNotModified(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		inTheHut(t, reloadBeforeEight, func(s *scene) {
			s.at("07:00:00")
			s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
			fog := s.asks("GET", piste).has(200, "there is a report")
			s.at("07:50:00")
			s.confirms(fog, "the client has this report")
			s.at("08:30:00")
			s.confirms(fog, "the next report is late, so this one is still the latest")
			s.updates("arlberg", report("storm", "Sturm", s.clock("09:30:00")))
			storm := s.asks("GET", piste, ifNoneMatch, fog.tag()).shows(200, "storm", "the client has an old report")
			s.at("08:45:00")
			s.confirms(storm, "the client has this report")
		})
	})
}

// confirms asks without a tag, and then with that of an answer. The second time there must be no text, and the headers of the first.
func (s *scene) confirms(a answer, why string) {
	s.t.Helper()
	full := s.asks("GET", piste).has(200, "there is a report")
	s.asks("GET", piste, ifNoneMatch, a.tag()).is(304, "", why).saysWhat(full)
}

// reloadBeforeEight is a morning on which somebody asks for the same report again.
func reloadBeforeEight(h *hut) {
	h.s.at("07:00:00")
	h.updates(report("fog", "Nebel", h.s.clock("08:00:00")))
	h.sees("fog", "", false)
	h.s.at("07:50:00")
	h.sees("fog", "", true)
	h.s.at("08:00:00")
	h.updates(report("storm", "Sturm", h.s.clock("09:00:00")))
	h.s.at("08:05:00")
	h.sees("storm", "", false)
}

func TestVary(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		inTheHut(t, twoLanguages, func(s *scene) {
			s.at("07:00:00")
			s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
			english := s.asks("GET", piste, acceptLanguage, "en").shows(200, "fog", "English was asked for").varies()
			s.at("07:10:00")
			german := s.asks("GET", piste, acceptLanguage, "de").shows(200, "Nebel", "German was asked for").varies()
			german.hasOtherTagThan("the German text is not the English one", english)
			s.asks("GET", piste, acceptLanguage, "de", ifNoneMatch, english.tag()).shows(200, "Nebel", "the client has the English text, and wants the German one").varies()
			s.asks("GET", piste, acceptLanguage, "de", ifNoneMatch, german.tag()).varies()
			s.asks("GET", piste).shows(200, "fog", "In chooses English where no language is given").varies()
		})
	})
}

// twoLanguages is a morning on which Ada looks, and then Ben, who reads German.
func twoLanguages(h *hut) {
	h.s.at("07:00:00")
	h.updates(report("fog", "Nebel", h.s.clock("08:00:00")))
	h.sees("fog", "en", false)
	h.s.at("07:10:00")
	h.sees("Nebel", "de", false)
	h.sees("fog", "en", false)
	h.s.at("08:05:00") // the next one is late
	h.sees("Nebel", "de", false)
	h.sees("fog", "en", false)
}
