package weather_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"time"

	"scalelab/labs/ch06-caching/weather"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// hut is a mountain hut: skiers, and a cache between them and the station, which keeps to RFC 9111.
type hut struct {
	s       *scene
	kept    []*kept
	picture *spacetime.Recorder
	want    string // what somebody should have seen instead
	have    string
}

// kept is an answer that the cache keeps.
type kept struct {
	language string // of the request
	answer   *wire
	since    time.Time // when it came, or was confirmed
}

const (
	skierLane   = "skiers"
	cacheLane   = "cache"
	stationLane = "station"
)

// inTheHut plays what becomes of those who trust the answers, and then a scene. The scene is the judge; if it finds that a header is
// wrong, the hut shows what comes of it.
func inTheHut(t *check.T, visit func(h *hut), scene func(s *scene)) {
	h := &hut{s: newScene(t), picture: spacetime.NewRecorder("", skierLane, cacheLane, stationLane)}
	defer check.Story(t, func() {
		if h.want != "" {
			h.picture.Diagram.AddFact("expected", h.want)
			h.picture.Diagram.AddFact("actual", h.have)
			check.Show(t, check.Evidence{Kind: "space-time diagram", Title: "What comes of it, with a cache between skiers and station",
				Text: h.picture.Diagram.Text(), SVG: h.picture.Diagram.SVG()})
		}
	})()
	visit(h)
	playOne(t, scene)
}

// does is a step that another one led to; 0 stands for none, as every story begins with an Update.
func (h *hut) does(lane, text string, from int) int {
	text = h.s.story.now()[:5] + " " + text
	at := h.picture.Step(lane, spacetime.Step{Text: text})
	if from != 0 {
		h.picture.Diagram.AddArrow(from, at)
	}
	return at
}

func (h *hut) updates(r weather.Report) {
	h.does(stationLane, fmt.Sprintf("issues %q", r.English), 0)
	h.s.station.Update("arlberg", r)
}

// restarts is a new station at the same place.
func (h *hut) restarts() {
	h.does(stationLane, "is restarted", 0)
	h.s.station = weather.New()
}

// sees lets somebody look at the weather through the cache; reload is the button of that name. If it is not what it should be, the
// step is marked.
func (h *hut) sees(want, language string, reload bool) {
	if h.want != "" {
		return // it has gone wrong already
	}
	verb := "looks"
	if reload {
		verb = "reloads"
	}
	if language != "" {
		verb += ", " + language
	}
	asked := h.does(skierLane, verb, 0)
	k, last := h.get(language, reload, asked)
	have := strings.TrimSpace(k.answer.body.String())
	if k.answer.code != 200 {
		have = status(k.answer.code)
	}
	at := h.does(skierLane, fmt.Sprintf("sees %.20q", have), last)
	if have != want && h.want == "" {
		h.picture.Diagram.Steps[at].Highlight = true
		h.want, h.have = fmt.Sprintf("%q at %s", want, h.s.story.now()), fmt.Sprintf("%q", have)
	}
}

// get is how the cache comes to an answer, and the step with which it has it.
func (h *hut) get(language string, reload bool, asked int) (*kept, int) {
	k := h.find(language)
	if k != nil && !reload && time.Since(k.since) < k.lifetime() {
		left := k.lifetime() - time.Since(k.since)
		return k, h.does(cacheLane, fmt.Sprintf("fresh for %d s more", int(left.Seconds())), asked)
	}
	header, text := http.Header{}, "has none"
	if k != nil {
		header, text = k.condition(), "has one: is it the latest?"
	}
	if language != "" {
		header.Set(acceptLanguage, language)
	}
	w := h.s.sends(header)
	at := h.does(stationLane, h.says(w), h.does(cacheLane, text, asked))
	if w.code == http.StatusNotModified && k != nil {
		for name, values := range w.sent {
			k.answer.sent[name] = values
		}
		k.since = time.Now()
		return k, h.does(cacheLane, k.keeps(), at)
	}
	k = &kept{language, w, time.Now()}
	if w.code != http.StatusOK && w.code != http.StatusNotFound || strings.Contains(w.sent.Get(cacheControl), "no-store") {
		return k, at
	}
	h.kept = append(h.kept, k)
	return k, h.does(cacheLane, k.keeps(), at)
}

// sends makes a request that is told elsewhere.
func (s *scene) sends(header http.Header) *wire {
	r := httptest.NewRequestWithContext(s.t.Context(), "GET", piste, nil)
	r.Header = header
	w := newWire("GET")
	s.station.ServeHTTP(w, r)
	return w.finish()
}

// find is the latest answer that the cache may use for such a request (RFC 9111, section 4.1).
func (h *hut) find(language string) *kept {
	for i := len(h.kept) - 1; i >= 0; i-- {
		if k := h.kept[i]; k.language == language || !strings.Contains(strings.ToLower(k.answer.sent.Get(vary)), "accept-language") {
			return k
		}
	}
	return nil
}

var maxAge = regexp.MustCompile(`max-age=(\d+)`)

// byDefault is for how long the cache keeps a 404 if nothing tells it how long it may. It may do so (section 4.2.2).
const byDefault = 10 * time.Minute

// silent tells whether this is a 404 that does not say how long it may be kept.
func (k *kept) silent() bool {
	return k.answer.code == http.StatusNotFound && k.answer.sent.Get(cacheControl) == ""
}

// lifetime is for how long the answer is fresh (section 4.2.1).
func (k *kept) lifetime() time.Duration {
	if m := maxAge.FindStringSubmatch(k.answer.sent.Get(cacheControl)); m != nil {
		seconds, _ := strconv.Atoi(m[1])
		return time.Duration(seconds) * time.Second
	}
	if k.silent() {
		return byDefault
	}
	return 0
}

func (k *kept) keeps() string {
	if k.lifetime() == 0 {
		return "keeps it, and will ask"
	}
	if k.silent() {
		return fmt.Sprintf("nothing forbids it: keeps it for %d s", int(byDefault.Seconds()))
	}
	return fmt.Sprintf("keeps it for %d s", int(k.lifetime().Seconds()))
}

// condition are the headers of a question whether it is still the latest (section 4.3.1).
func (k *kept) condition() http.Header {
	h := http.Header{}
	if tag := k.answer.sent.Get(eTag); tag != "" {
		h.Set(ifNoneMatch, tag)
	} else if date := k.answer.sent.Get(lastModified); date != "" {
		h.Set(ifModifiedSince, date)
	}
	return h
}

// says is an answer in a few words.
func (h *hut) says(w *wire) string {
	h.s.tags.see(w.sent.Get(eTag))
	words := []string{fmt.Sprint(w.code)}
	if tag := w.sent.Get(eTag); tag != "" {
		words = append(words, opaque(h.s.tags.name(tag)))
	}
	if age := maxAge.FindString(w.sent.Get(cacheControl)); age != "" {
		words = append(words, age)
	} else if w.code < 400 {
		words = append(words, "no max-age")
	}
	if w.sent.Get(vary) != "" {
		words = append(words, "Vary")
	}
	return strings.Join(words, ", ")
}
