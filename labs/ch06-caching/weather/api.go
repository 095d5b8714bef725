// Package weather is a lab: the weather reports of a ski resort, served so that they can be cached.
//
// The station on the summit issues a report, and says when the next one is due. Until then a browser, or a cache between it and the
// station, may show the same report again without asking. After that it asks, and often the answer is: yours is still the latest.
//
// This file is given: it is the same for everybody and you do not hand it in. You write weather.go.
package weather

import (
	"strings"
	"time"
)

// Report is what the weather station has to say about a resort, in two languages, until it issues the next one.
type Report struct {
	English, German string
	Next            time.Time // when the next report is due
}

// In returns the text for somebody who sent this Accept-Language, and its language: German, "de", for those who name it first,
// English, "en", for everybody else.
func (r Report) In(acceptLanguage string) (language, text string) {
	first, _, _ := strings.Cut(acceptLanguage, ",")
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(first)), "de") {
		return "de", r.German
	}
	return "en", r.English
}
