// Package weather leaves the conditions to the standard library: http.ServeContent reads If-None-Match and If-Modified-Since, and
// needs nothing but the headers that are set before.
package weather

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Station keeps the reports in a sync.Map, so it has no lock of its own.
type Station struct {
	latest sync.Map // resort → published
}

type published struct {
	report Report
	at     time.Time
}

// New returns a Station without any reports.
func New() *Station { return &Station{} }

// Update makes report the latest one of the resort.
func (s *Station) Update(resort string, report Report) {
	s.latest.Store(resort, published{report, time.Now()})
}

// ServeHTTP answers GET and HEAD /weather/{resort}.
func (s *Station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resort, ok := strings.CutPrefix(r.URL.Path, "/weather/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "reports are to be read", http.StatusMethodNotAllowed)
		return
	}
	found, ok := s.latest.Load(resort)
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	p := found.(published)
	language, text := p.report.In(r.Header.Get("Accept-Language"))
	hash := fnv.New64a()
	hash.Write([]byte(text))
	w.Header().Set("Etag", fmt.Sprintf(`W/"%s-%x"`, language, hash.Sum64()))
	w.Header().Set("Vary", "Accept-Encoding, accept-language")
	w.Header().Set("Content-Language", language)
	w.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d,public", max(0, time.Until(p.report.Next)/time.Second)))
	http.ServeContent(w, r, "report.txt", p.at, strings.NewReader(text))
}
