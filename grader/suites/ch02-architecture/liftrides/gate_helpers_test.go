package liftrides_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"scalelab/labs/ch02-architecture/liftrides"
)

// The lanes of the pictures.
const (
	gate     = "gate"
	service  = "service"
	queue    = "rides"
	consumer = "Run"
	database = "store"
)

// ride is one that the store takes.
func ride(id string) liftrides.Ride {
	return liftrides.Ride{ID: id, Skier: "ada", Lift: "gondola", Vertical: 600}
}

// poison is one that it does not take.
func poison(id string) liftrides.Ride {
	return liftrides.Ride{ID: id, Skier: "ada", Lift: "closed", Vertical: 600}
}

func jsonOf(r liftrides.Ride) string {
	text, _ := json.Marshal(r)
	return string(text)
}

// answer is what a gate is told.
type answer struct {
	code  int
	later string // Retry-After
}

func (a answer) String() string {
	text := fmt.Sprint(a.code)
	if a.later != "" {
		text += " with Retry-After"
		if n, err := strconv.Atoi(a.later); err != nil || n < 1 {
			text += " of no whole number of seconds"
		}
	}
	return text
}

const (
	accepted = "202"
	again    = "503 with Retry-After"
)

// request sends anything.
func request(ctx context.Context, s *liftrides.Service, method, path, body string) answer {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body)))
	return answer{w.Code, w.Header().Get("Retry-After")}
}

// post sends a ride and waits for the answer.
func post(ctx context.Context, s *liftrides.Service, r liftrides.Ride) string {
	return request(ctx, s, http.MethodPost, "/rides", jsonOf(r)).String()
}

// posting sends a ride and does not wait.
func posting(ctx context.Context, s *liftrides.Service, r liftrides.Ride) <-chan string {
	answers := make(chan string, 1)
	go func() { answers <- post(ctx, s, r) }()
	return answers
}
