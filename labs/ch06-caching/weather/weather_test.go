package weather_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/weather"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch06-caching/weather
//
// Each runs in a bubble (testing/synctest), where time stands still while something is done, and an hour of sleep takes no time.

// get asks for the report of the arlberg. Headers of the request are given as name and value in turn.
func get(s *weather.Station, header ...string) *http.Response {
	r := httptest.NewRequest("GET", "/weather/arlberg", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text := make([]byte, 100)
	n, _ := r.Body.Read(text)
	return string(text[:n])
}

func fog(next time.Duration) weather.Report {
	return weather.Report{English: "fog", German: "Nebel", Next: time.Now().Add(next)}
}

func TestTheReportIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := weather.New()
		none := get(s)
		require.Equal(t, 404, none.StatusCode, "there is no report yet")
		require.Equal(t, "no-store", none.Header.Get("Cache-Control"), "a 404 must not be kept")
		s.Update("arlberg", fog(time.Hour))
		answer := get(s)
		require.Equal(t, 200, answer.StatusCode, "there is a report")
		require.Equal(t, "fog", body(t, answer), "English is for everybody")
		require.Equal(t, "Nebel", body(t, get(s, "Accept-Language", "de-AT,de;q=0.9")), "German for those who name it first")
	})
}

func TestTenMinutesAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := weather.New()
		s.Update("arlberg", fog(time.Hour))
		require.Contains(t, get(s).Header.Get("Cache-Control"), "max-age=3600", "the next report is due in an hour")
		time.Sleep(50 * time.Minute)
		require.Contains(t, get(s).Header.Get("Cache-Control"), "max-age=600", "the next report is due in ten minutes")
	})
}

func TestNotTheSameTextAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := weather.New()
		s.Update("arlberg", fog(time.Hour))
		tag := get(s).Header.Get("ETag")
		time.Sleep(50 * time.Minute)
		again := get(s, "If-None-Match", tag)
		require.Equal(t, 304, again.StatusCode, "the client has this report already")
		require.Empty(t, body(t, again), "the client has this report already")
		require.Equal(t, tag, again.Header.Get("ETag"), "a 304 says which report it is")

		s.Update("arlberg", weather.Report{English: "storm", German: "Sturm", Next: time.Now().Add(time.Hour)})
		storm := get(s, "If-None-Match", tag)
		require.Equal(t, 200, storm.StatusCode, "there is a new report")
		require.NotEqual(t, tag, storm.Header.Get("ETag"), "another report has another tag")
	})
}
