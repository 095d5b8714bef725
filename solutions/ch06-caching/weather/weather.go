package weather

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Station serves the latest weather report of each resort at /weather/{resort}. It may be used by many goroutines at once.
type Station struct {
	mux    *http.ServeMux
	mu     sync.Mutex
	latest map[string]issue
}

// issue is a report, and when it was issued.
type issue struct {
	Report
	at time.Time
}

// New returns a Station without any reports.
func New() *Station {
	s := &Station{mux: http.NewServeMux(), latest: map[string]issue{}}
	s.mux.HandleFunc("GET /weather/{resort}", s.show) // GET means HEAD, too; the mux answers 405 to everything else
	return s
}

// Update makes report, which is issued now, the latest one of the resort.
func (s *Station) Update(resort string, report Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest[resort] = issue{report, time.Now()}
}

// ServeHTTP answers GET and HEAD /weather/{resort}: 200 with the latest report, 304 if the client has that one already, 404 if
// there is none. Every other method is answered with 405.
func (s *Station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mux.ServeHTTP(w, r)
}

// of is the latest report of a resort, if there is one. The lock is free again before a word of it is sent.
func (s *Station) of(resort string) (issue, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	report, ok := s.latest[resort]
	return report, ok
}

func (s *Station) show(w http.ResponseWriter, r *http.Request) {
	report, ok := s.of(r.PathValue("resort"))
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "no report yet", http.StatusNotFound)
		return
	}
	_, text := report.In(r.Header.Get("Accept-Language"))
	tag := tagOf(text)
	describe(w.Header(), report, tag) // before anything is decided: a 304 says the same as a 200
	if hasItAlready(r, report, tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, text)
}

// describe says how long the report is good for, and how to recognise it.
func describe(h http.Header, report issue, tag string) {
	seconds := max(0, int(time.Until(report.Next).Seconds()))
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", seconds))
	h.Set("ETag", tag)
	h.Set("Last-Modified", report.at.UTC().Format(http.TimeFormat))
	h.Set("Vary", "Accept-Language")
}

// tagOf is made of the text and nothing else: whoever computes it, whenever, gets the same.
func tagOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf(`"%x"`, sum[:8])
}

// hasItAlready tells whether the client has this very report. A date is only asked where there are no tags.
func hasItAlready(r *http.Request, report issue, tag string) bool {
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		return isAmong(tag, tags)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !report.at.Truncate(time.Second).After(since)
}

// isAmong compares weakly: W/ says how much alike two texts with this tag are, and a client that has either needs no other.
func isAmong(tag, tags string) bool {
	if tags == "*" {
		return true
	}
	for other := range strings.SplitSeq(tags, ",") {
		if strings.TrimPrefix(strings.TrimSpace(other), "W/") == tag {
			return true
		}
	}
	return false
}
