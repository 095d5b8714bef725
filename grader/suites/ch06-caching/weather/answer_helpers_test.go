package weather_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// has demands a status code.
func (a answer) has(code int, why string) answer {
	a.s.t.Helper()
	a.s.same(a, "", status(code), status(a.code), why)
	return a
}

func status(code int) string { return strings.TrimSpace(fmt.Sprint(code, " ", http.StatusText(code))) }

// is demands a status code and a body.
func (a answer) is(code int, body, why string) answer {
	a.s.t.Helper()
	a.has(code, why)
	a.s.same(a, "body", body, a.body, why)
	return a
}

// shows demands a status code and a text. Whether there is a line break behind it is the business of another check.
func (a answer) shows(code int, text, why string) answer {
	a.s.t.Helper()
	a.has(code, why)
	a.s.same(a, "body", text, strings.TrimRight(a.body, "\r\n"), why)
	return a
}

// isNotFound demands that there is no report, and that nobody keeps this answer.
func (a answer) isNotFound(why string) {
	a.s.t.Helper()
	a.has(404, why)
	a.s.same(a, cacheControl, "no-store", strings.ToLower(set(a.header, cacheControl)), "a 404 must not be kept: there may be a report soon")
}

// isFor demands that the answer may be shown for that many seconds, by everybody.
func (a answer) isFor(seconds int, why string) answer {
	a.s.t.Helper()
	want, have := fmt.Sprint("public, max-age=", seconds), strings.Join(list(a.header, cacheControl), ", ")
	if strings.ToLower(set(a.header, cacheControl)) == fmt.Sprintf("max-age=%d, public", seconds) {
		have = want
	}
	a.s.same(a, cacheControl, want, have, why)
	return a
}

// varies demands that Vary names Accept-Language.
func (a answer) varies() answer {
	a.s.t.Helper()
	names := list(a.header, vary)
	if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, acceptLanguage) }) || slices.Contains(names, "*") {
		a.s.same(a, vary, acceptLanguage, strings.Join(names, ", "), "which report is sent depends on this header of the request")
	}
	return a
}

var entityTag = regexp.MustCompile("^(W/)?\"[!#-~\u0080-\u00ff]*\"$")

// isTagged demands a well-formed tag.
func (a answer) isTagged() answer {
	a.s.t.Helper()
	if !entityTag.MatchString(a.tag()) {
		a.s.same(a, eTag, `a tag in double quotes`, a.s.shown(eTag, a.header), "every report has a tag, and a tag stands in double quotes")
	}
	return a
}

// hasTagOf demands the tag of an earlier answer.
func (a answer) hasTagOf(b answer, why string) answer {
	a.s.t.Helper()
	a.s.same(a, eTag, a.s.shown(eTag, b.header), a.s.shown(eTag, a.header), why)
	return a
}

// saysWhat demands of a 304 that it has the Cache-Control and the ETag of a 200, and further headers.
func (a answer) saysWhat(full answer, further ...string) {
	a.s.t.Helper()
	for _, name := range append([]string{cacheControl, eTag}, further...) {
		a.s.same(a, name, a.s.shown(name, full.header), a.s.shown(name, a.header), "a 304 says what a 200 would say now")
	}
}

// hasOtherTagThan demands a tag that none of these has.
func (a answer) hasOtherTagThan(why string, others ...answer) answer {
	a.s.t.Helper()
	if a.tag() == "" {
		a.s.same(a, eTag, "a tag", "", "every report has a tag")
	}
	for _, b := range others {
		if opaque(a.tag()) == opaque(b.tag()) {
			tag := a.s.shown(eTag, a.header)
			a.s.same(a, eTag, "another tag than "+tag, tag, why)
		}
	}
	return a
}

// hasDate demands a Last-Modified.
func (a answer) hasDate(at time.Time, why string) answer {
	a.s.t.Helper()
	a.s.same(a, lastModified, at.UTC().Format(http.TimeFormat), a.header.Get(lastModified), why)
	return a
}

// same fails the check unless what the answer has is what is wanted. The line in the story is marked.
func (s *scene) same(a answer, part, want, have, why string) {
	s.t.Helper()
	if want == have {
		return
	}
	what := map[string]string{"": "the status", "body": "the body"}[part]
	if what == "" {
		what = part
	}
	s.story.mark(a, part, want)
	require.Equal(s.t, want, have, "%s at %s: %s", what, s.story.now(), why)
}
