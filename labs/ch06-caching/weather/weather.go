package weather

import (
	"net/http"

	"scalelab/pkg/lab"
)

// Station serves the latest weather report of each resort at /weather/{resort}. It may be used by many goroutines at once.
type Station struct{}

// New returns a Station without any reports.
func New() *Station {
	panic(lab.NotImplemented("weather", "New"))
}

// Update makes report, which is issued now, the latest one of the resort.
func (s *Station) Update(resort string, report Report) {
	panic(lab.NotImplemented("weather", "Update"))
}

// ServeHTTP answers GET and HEAD /weather/{resort}: 200 with the latest report, 304 if the client has that one already, 404 if
// there is none. Every other method is answered with 405.
func (s *Station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	panic(lab.NotImplemented("weather", "ServeHTTP"))
}
