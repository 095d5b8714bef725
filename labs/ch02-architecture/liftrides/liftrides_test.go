package liftrides_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

var options = liftrides.Options{ConfirmTimeout: 5 * time.Second, BatchSize: 4, BatchDelay: 10 * time.Millisecond, Backoff: 10 * time.Millisecond}

func TestRideIsAcceptedAndThenStored(t *testing.T) {
	store := &liftrides.Memory{}
	s := service(t, store)
	require.Equal(t, http.StatusAccepted, post(s, `{"id":"r1","skier":"ada","lift":"gondola","vertical":600}`).Code, "a ride")
	require.Equal(t, http.StatusAccepted, post(s, `{"id":"r1","skier":"ada","lift":"gondola","vertical":600}`).Code, "the same ride again")
	require.Equal(t, http.StatusAccepted, post(s, `{"id":"r2","skier":"ben","lift":"gondola","vertical":600}`).Code, "another ride")
	require.Empty(t, store.Rides(), "nobody has called Run: the rides wait in the queue")

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	require.Eventually(t, func() bool { return len(store.Rides()) == 2 }, 10*time.Second, time.Millisecond, "both rides are stored")
	require.Equal(t, liftrides.Ride{ID: "r1", Skier: "ada", Lift: "gondola", Vertical: 600}, store.Rides()["r1"])
	stop()
	require.NoError(t, <-ended, "Run returns nil when its context has ended")
}

func TestWhatIsNoRideIsRefused(t *testing.T) {
	s := service(t, &liftrides.Memory{})
	require.Equal(t, http.StatusBadRequest, post(s, `{"skier":"ada","lift":"gondola"}`).Code, "a ride without an id")
	require.Equal(t, http.StatusBadRequest, post(s, `hello`).Code, "no JSON")
}

func TestFullQueue(t *testing.T) {
	s := service(t, &liftrides.Memory{})
	for _, id := range []string{"r1", "r2", "r3"} {
		require.Equal(t, http.StatusAccepted, post(s, `{"id":"`+id+`","skier":"ada","lift":"gondola"}`).Code, "there is room for three")
	}
	full := post(s, `{"id":"r4","skier":"ada","lift":"gondola"}`)
	require.Equal(t, http.StatusServiceUnavailable, full.Code, "a fourth ride")
	require.NotEmpty(t, full.Header().Get("Retry-After"), "Retry-After of an answer 503")
}

// service returns one with room for three rides.
func service(t *testing.T, store liftrides.Store) *liftrides.Service {
	t.Helper()
	conn := services.RabbitMQ(t).Dial()
	ch, err := conn.Channel()
	require.NoError(t, err)
	defer ch.Close()
	require.NoError(t, liftrides.Declare(ch, 3), "Declare")
	s, err := liftrides.New(conn, store, options)
	require.NoError(t, err, "New")
	return s
}

func post(s *liftrides.Service, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/rides", strings.NewReader(body)))
	return w
}
