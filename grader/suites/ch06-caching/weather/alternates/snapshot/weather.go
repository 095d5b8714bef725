// Package weather never changes anything: each Update replaces the whole book by a new one, with every answer ready in it. A tag is
// a number that only this station has ever used.
package weather

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Station is one pointer to a book that nobody writes in.
type Station struct {
	name string // another one after each start, so that no two stations ever give the same tag
	book atomic.Pointer[book]
}

type book struct {
	version int
	pages   map[string]page
}

type page struct {
	Report
	version int
	second  int64 // of its issue
}

// New returns a Station without any reports.
func New() *Station {
	s := &Station{name: rand.Text()}
	s.book.Store(&book{pages: map[string]page{}})
	return s
}

// Update makes report the latest one of the resort.
func (s *Station) Update(resort string, report Report) {
	for {
		old := s.book.Load()
		b := &book{old.version + 1, maps.Clone(old.pages)}
		b.pages[resort] = page{report, b.version, time.Now().Unix()}
		if s.book.CompareAndSwap(old, b) {
			return
		}
	}
}

// ServeHTTP answers GET and HEAD /weather/{resort}.
func (s *Station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	place, known := strings.CutPrefix(r.URL.Path, "/weather/")
	p, found := s.book.Load().pages[place]
	switch {
	case known && r.Method != "GET" && r.Method != "HEAD":
		h["Allow"] = []string{"HEAD", "GET"}
		w.WriteHeader(405)
	case !known || !found:
		h.Set("cache-control", "no-store")
		w.WriteHeader(404)
	default:
		s.answer(w, r, p)
	}
}

func (s *Station) answer(w http.ResponseWriter, r *http.Request, p page) {
	language, text := p.In(r.Header.Get("accept-language"))
	opaque := s.name + "." + strconv.Itoa(p.version) + "." + language
	left := int64(time.Until(p.Next) / time.Second)
	for name, value := range map[string]string{
		"ETag":          `"` + opaque + `"`,
		"Vary":          "Accept-Language",
		"Last-Modified": time.Unix(p.second, 0).UTC().Format(http.TimeFormat),
		"Cache-Control": "public, max-age=" + strconv.FormatInt(max(left, 0), 10),
	} {
		w.Header().Set(name, value)
	}
	if s.unchanged(r.Header, opaque, p.second) {
		w.WriteHeader(304)
		return
	}
	w.WriteHeader(200)
	if r.Method == "GET" {
		w.Write([]byte(text))
	}
}

// unchanged looks at what stands between quotes: every second piece.
func (s *Station) unchanged(h http.Header, opaque string, second int64) bool {
	tags, asked := h["If-None-Match"]
	if !asked {
		since, err := http.ParseTime(h.Get("If-Modified-Since"))
		return err == nil && second <= since.Unix()
	}
	if tags[0] == "*" {
		return true
	}
	for i, piece := range strings.Split(tags[0], `"`) {
		if i%2 == 1 && piece == opaque {
			return true
		}
	}
	return false
}
