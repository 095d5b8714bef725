package sessions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/sessions"
	"scalelab/pkg/services"
)

// These tests are a part of what is graded, in a form that can be read. They run with nothing installed: services.Redis starts a
// small Redis inside the test's process. With them green your interface is right; the graded checks stop requests at each of
// their commands.

// patient is long enough for a healthy Redis on any machine, so that only the code decides.
var patient = sessions.Options{OpTimeout: 5 * time.Second}

// send sends one request to a replica. id is the value of the session cookie, "" for none.
func send(replica http.Handler, id, method, path, body string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if id != "" {
		r.AddCookie(&http.Cookie{Name: sessions.CookieName, Value: id})
	}
	w := httptest.NewRecorder()
	replica.ServeHTTP(w, r)
	return w.Result()
}

// login begins a session and returns its id.
func login(t *testing.T, replica http.Handler, old string) string {
	t.Helper()
	answer := send(replica, old, "POST", "/login", `{"user":"ann"}`)
	require.Equal(t, http.StatusNoContent, answer.StatusCode, "POST /login")
	require.Len(t, answer.Cookies(), 1, "cookies of a login")
	return answer.Cookies()[0].Value
}

// cart sends a request and returns the cart of the answer.
func cart(t *testing.T, replica http.Handler, id, method, path, body string) sessions.Cart {
	t.Helper()
	answer := send(replica, id, method, path, body)
	require.Equal(t, http.StatusOK, answer.StatusCode, "%s %s", method, path)
	var got sessions.Cart
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&got))
	return got
}

func ann(items map[string]int64) sessions.Cart { return sessions.Cart{User: "ann", Items: items} }

func TestCart(t *testing.T) {
	replica := sessions.New(services.Redis(t).Client(), patient)
	id := login(t, replica, "")
	require.Equal(t, ann(map[string]int64{}), cart(t, replica, id, "GET", "/cart", ""))
	require.Equal(t, ann(map[string]int64{"A1": 2}), cart(t, replica, id, "POST", "/cart/items", `{"sku":"A1","qty":2}`))
	require.Equal(t, ann(map[string]int64{"A1": 5}), cart(t, replica, id, "POST", "/cart/items", `{"sku":"A1","qty":3}`))
	require.Equal(t, ann(map[string]int64{}), cart(t, replica, id, "DELETE", "/cart/items/A1", ""))
	require.Equal(t, http.StatusBadRequest, send(replica, id, "POST", "/cart/items", `{"sku":"A1"}`).StatusCode)
	require.Equal(t, http.StatusUnauthorized, send(replica, "", "GET", "/cart", "").StatusCode, "without a cookie")
	require.Equal(t, http.StatusUnauthorized, send(replica, "made-up", "GET", "/cart", "").StatusCode, "with a made-up id")
}

func TestCookie(t *testing.T) {
	replica := sessions.New(services.Redis(t).Client(), patient)
	c := send(replica, "", "POST", "/login", `{"user":"ann"}`).Cookies()[0]
	require.Equal(t, "session", c.Name)
	require.True(t, c.HttpOnly && c.Secure, "HttpOnly and Secure")
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.Equal(t, "/", c.Path)
}

func TestTwoReplicas(t *testing.T) {
	server := services.Redis(t)
	one, two := sessions.New(server.Client(), patient), sessions.New(server.Client(), patient)
	id := login(t, one, "")
	cart(t, two, id, "POST", "/cart/items", `{"sku":"A1","qty":2}`)
	require.Equal(t, ann(map[string]int64{"A1": 2}), cart(t, one, id, "GET", "/cart", ""))
	require.Equal(t, http.StatusNoContent, send(two, id, "POST", "/logout", "").StatusCode)
	require.Equal(t, http.StatusUnauthorized, send(one, id, "GET", "/cart", "").StatusCode, "after a logout elsewhere")
}

func TestSessionsExpire(t *testing.T) {
	server := services.Redis(t)
	replica, eye := sessions.New(server.Client(), patient), server.Observer()
	id := login(t, replica, "")
	keys := eye.Keys(t.Context(), "*").Val()
	require.NotEmpty(t, keys, "the session is in Redis")
	for _, key := range keys {
		require.Positive(t, eye.TTL(t.Context(), key).Val(), "the TTL of %s", key)
		require.NoError(t, eye.Expire(t.Context(), key, time.Minute).Err())
	}
	cart(t, replica, id, "GET", "/cart", "")
	for _, key := range keys {
		require.Greater(t, eye.TTL(t.Context(), key).Val(), 20*time.Minute, "the TTL of %s after a request", key)
	}
	require.NoError(t, eye.Del(t.Context(), keys...).Err()) // as if it had expired
	require.Equal(t, http.StatusUnauthorized, send(replica, id, "GET", "/cart", "").StatusCode, "after the session has expired")
}

func TestLoginRenewsTheID(t *testing.T) {
	replica := sessions.New(services.Redis(t).Client(), patient)
	old := login(t, replica, "")
	id := login(t, replica, old)
	require.NotEqual(t, old, id)
	require.Equal(t, http.StatusUnauthorized, send(replica, old, "GET", "/cart", "").StatusCode, "the session before has ended")
}

func TestRedisDown(t *testing.T) {
	server := services.Redis(t)
	replica := sessions.New(server.Client(), patient)
	id := login(t, replica, "")
	require.NoError(t, server.Down(t.Context()))
	require.Equal(t, http.StatusServiceUnavailable, send(replica, id, "GET", "/cart", "").StatusCode)
}

// Luck decides what this test finds: run it many times. The graded checks need no luck.
func TestManyAtOnce(t *testing.T) {
	server := services.Redis(t)
	replicas := []http.Handler{sessions.New(server.Client(), patient), sessions.New(server.Client(), patient)}
	id := login(t, replicas[0], "")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { send(replicas[i%2], id, "POST", "/cart/items", fmt.Sprintf(`{"sku":"A%d","qty":1}`, i%3)) })
	}
	all.Wait()
	require.Equal(t, ann(map[string]int64{"A0": 7, "A1": 7, "A2": 6}), cart(t, replicas[0], id, "GET", "/cart", ""))
}
