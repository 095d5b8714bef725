package weather_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/weather"
	"scalelab/pkg/check"
)

const (
	ifNoneMatch     = "If-None-Match"
	ifModifiedSince = "If-Modified-Since"
	acceptLanguage  = "Accept-Language"
	cacheControl    = "Cache-Control"
	eTag            = "ETag"
	lastModified    = "Last-Modified"
	vary            = "Vary"
	allow           = "Allow"
)

// scene is a day of a weather station.
type scene struct {
	t       *check.T
	station *weather.Station
	day     time.Time // its midnight
	story   *story
	tags    *tags
}

// play plays scenes, each on a day of its own. The one that goes wrong is shown.
func play(t *testing.T, scenes ...func(s *scene)) {
	check.Bubble(t, func(t *check.T) {
		for _, play := range scenes {
			playOne(t, play)
		}
	})
}

func playOne(t *check.T, play func(s *scene)) {
	t.Helper()
	s := newScene(t)
	defer check.Story(t, func() { s.story.show(t, s.tags) })()
	play(s)
}

func newScene(t *check.T) *scene {
	now := time.Now()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	time.Sleep(midnight.Sub(now))
	return &scene{t: t, station: weather.New(), day: midnight, story: &story{day: midnight}, tags: &tags{}}
}

// clock is a time of the scene's day.
func (s *scene) clock(clock string) time.Time {
	s.t.Helper()
	at, err := time.Parse(time.TimeOnly, clock)
	require.True(s.t, err == nil, "the suite's own time %q", clock)
	return s.day.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
		time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond()))
}

// at sleeps until that time of the day.
func (s *scene) at(clock string) { time.Sleep(time.Until(s.clock(clock))) }

func (s *scene) updates(resort string, r weather.Report) {
	s.story.issues(resort, r)
	s.station.Update(resort, r)
}

func (s *scene) restarts() {
	s.story.note("the station is restarted")
	s.station = weather.New()
}

// answer is what came back.
type answer struct {
	s      *scene
	code   int
	header http.Header
	body   string
	lines  map[string]int // where it stands in the story, by header; the code stands at "" and the body at "body"
}

// asks makes a request with headers, given as name and value in turn, and adds both sides to the story.
func (s *scene) asks(method, path string, header ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	s.story.request(method+" "+path, s.pairs(r.Header, ifNoneMatch, ifModifiedSince, acceptLanguage))
	w := newWire(method)
	s.station.ServeHTTP(w, r)
	return s.answered(w.finish())
}

// answered adds what was answered to the story.
func (s *scene) answered(w *wire) answer {
	a := answer{s: s, code: w.code, header: w.sent, body: w.body.String()}
	s.tags.see(a.header.Get(eTag))
	a.lines = s.story.response(a, s.pairs(a.header, cacheControl, eTag, lastModified, vary, allow))
	return a
}

// pairs are the headers that are there, as the story shows them.
func (s *scene) pairs(h http.Header, names ...string) (pairs [][2]string) {
	for _, name := range names {
		if len(h.Values(name)) > 0 {
			pairs = append(pairs, [2]string{name, s.shown(name, h)})
		}
	}
	return pairs
}

// shown is a header as the story shows it: tags have names.
func (s *scene) shown(name string, h http.Header) string {
	value := strings.Join(h.Values(name), ", ")
	if name == eTag || name == ifNoneMatch {
		return s.tags.name(value)
	}
	return value
}

// set is the header's list without regard to order, repetition and the case of letters; if it is one that is wanted it reads like
// that in the message.
func set(h http.Header, name string) string {
	members := list(h, name)
	slices.Sort(members)
	return strings.Join(slices.Compact(members), ", ")
}

// list is what a header lists.
func list(h http.Header, name string) (members []string) {
	for _, value := range h.Values(name) {
		for member := range strings.SplitSeq(value, ",") {
			if member = strings.TrimSpace(member); member != "" {
				members = append(members, member)
			}
		}
	}
	return members
}

// tag is the answer's tag, as it was sent.
func (a answer) tag() string { return a.header.Get(eTag) }
