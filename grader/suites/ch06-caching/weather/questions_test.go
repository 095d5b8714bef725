package weather_test

import (
	"net/http"
	"testing"
	"time"
)

func TestIfNoneMatchIsAList(t *testing.T) {
	play(t, func(s *scene) {
		s.at("07:00:00")
		s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
		fog := s.asks("GET", piste).has(200, "there is a report")
		bare := opaque(fog.tag())
		mine, weak := `"`+bare+`"`, `W/"`+bare+`"`
		for _, tags := range []string{mine + `, "other"`, `"other", ` + mine, `"other",` + mine + `,"another"`, `"a,b", ` + mine} {
			s.asks("GET", piste, ifNoneMatch, tags).has(304, "one of the tags in the list is that of the report")
		}
		for _, tags := range []string{weak, mine, `"other", ` + weak, weak + `, "other"`} {
			s.asks("GET", piste, ifNoneMatch, tags).has(304, "with or without W/ it is the tag of the report")
		}
		s.asks("GET", piste, ifNoneMatch, "*").has(304, "* stands for any report, and there is one")
		for _, tags := range []string{`"other"`, `"` + bare + `x"`, `"x` + bare + `"`, `"x,` + bare + `"`, `""`, `"other", W/"another"`, `"*"`} {
			s.asks("GET", piste, ifNoneMatch, tags).shows(200, "fog", "none of the tags in the list is that of the report")
		}
	})
}

func TestLastModified(t *testing.T) {
	play(t, func(s *scene) {
		s.at("07:00:00.7")
		s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
		s.at("07:20:00")
		issued := s.clock("07:00:00")
		full := s.asks("GET", piste).has(200, "there is a report").hasDate(issued, "the moment of the Update, in whole seconds")
		for _, since := range []time.Time{issued, issued.Add(time.Second), s.clock("07:10:00")} {
			s.asks("GET", piste, ifModifiedSince, since.UTC().Format(http.TimeFormat)).
				has(304, "there was no Update after the second that was named").saysWhat(full, vary)
		}
		for _, since := range []time.Time{issued.Add(-time.Second), s.clock("06:00:00"), issued.AddDate(-1, 0, 0)} {
			s.asks("GET", piste, ifModifiedSince, since.UTC().Format(http.TimeFormat)).shows(200, "fog", "there was an Update after this date")
		}
		for _, nonsense := range []string{"yesterday", "0"} {
			s.asks("GET", piste, ifModifiedSince, nonsense).shows(200, "fog", "what is no date of HTTP is ignored")
		}
		s.at("07:30:00")
		s.updates("arlberg", report("storm", "Sturm", s.clock("08:00:00")))
		s.asks("GET", piste, ifModifiedSince, issued.UTC().Format(http.TimeFormat)).shows(200, "storm", "there was an Update after this date").
			hasDate(s.clock("07:30:00"), "the moment of the Update")
	})
}

func TestIfNoneMatchWins(t *testing.T) {
	play(t, func(s *scene) {
		s.at("07:00:00")
		s.updates("arlberg", report("fog", "Nebel", s.clock("08:00:00")))
		fog := s.asks("GET", piste).has(200, "there is a report")
		s.at("07:10:00")
		s.updates("arlberg", report("storm", "Sturm", s.clock("08:00:00")))
		storm := s.asks("GET", piste).has(200, "there is a report")
		s.at("07:20:00")
		now, before := s.clock("07:20:00").UTC().Format(http.TimeFormat), s.clock("06:00:00").UTC().Format(http.TimeFormat)
		s.asks("GET", piste, ifNoneMatch, fog.tag(), ifModifiedSince, now).shows(200, "storm", "the tag is an old one; where there are tags, the date is not looked at")
		s.asks("GET", piste, ifNoneMatch, storm.tag(), ifModifiedSince, before).has(304, "the tag is that of the report; where there are tags, the date is not looked at")
	})
}
