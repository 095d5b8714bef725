package sessions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// request is what a client sends, beside its cookie.
type request struct {
	method, path, body string
	text               string       // in pictures
	on                 func(c cart) // what it does to a cart
	status             int          // with a living session and a Redis that is well
}

// cart is how many there are of each article.
type cart map[string]int64

func login(user string) request {
	return request{method: "POST", path: "/login", body: fmt.Sprintf(`{"user":%q}`, user), text: "login " + user, status: http.StatusNoContent}
}

func logout() request {
	return request{method: "POST", path: "/logout", text: "logout", status: http.StatusNoContent}
}

func get() request {
	return request{method: "GET", path: "/cart", text: "read the cart", on: func(cart) {}, status: http.StatusOK}
}

func add(sku string, qty int64) request {
	return request{
		method: "POST", path: "/cart/items", body: fmt.Sprintf(`{"sku":%q,"qty":%d}`, sku, qty),
		text: fmt.Sprintf("add %d of %s", qty, sku), on: func(c cart) { c[sku] += qty }, status: http.StatusOK,
	}
}

func remove(sku string) request {
	return request{
		method: "DELETE", path: "/cart/items/" + sku,
		text: "remove " + sku, on: func(c cart) { delete(c, sku) }, status: http.StatusOK,
	}
}

func malformed(path, body string) request {
	return request{method: "POST", path: path, body: body, text: "POST " + path + " " + body}
}

// after is the cart when the requests have been carried out one after the other.
func (c cart) after(requests ...request) cart {
	now := maps.Clone(c)
	for _, r := range requests {
		r.on(now)
	}
	return now
}

func (c cart) String() string {
	if len(c) == 0 {
		return "empty"
	}
	var texts []string
	for _, sku := range slices.Sorted(maps.Keys(c)) {
		texts = append(texts, fmt.Sprintf("%d of %s", c[sku], sku))
	}
	return strings.Join(texts, ", ")
}

// full words a 200 with this cart.
func full(user string, c cart) string {
	if user == "" {
		user = "nobody"
	}
	return "200, cart of " + user + ": " + c.String()
}

// result is what a client gets.
type result struct {
	status  int
	body    string
	cookies []*http.Cookie // of the lab's name
	endless bool           // it was ended by the check, because it went on and on
	pending bool           // nothing has come yet
	late    bool           // it came, and should have come at once
}

// String is the same in every run: it shows no id and no text of an error.
func (r result) String() string {
	switch {
	case r.pending:
		return "no answer"
	case r.endless:
		return "no answer: it sends command after command"
	case r.late:
		r.late = false
		return r.String() + ", after a wait"
	case r.status != http.StatusOK:
		return fmt.Sprint(r.status)
	}
	var body struct {
		User  *string
		Items map[string]int64
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.User == nil || body.Items == nil {
		return "200 with a body that is no cart"
	}
	return full(*body.User, body.Items)
}

// attributes are those of the one cookie that the answer sets.
func (r result) attributes() string {
	if len(r.cookies) != 1 {
		return fmt.Sprintf("%d cookies named session", len(r.cookies))
	}
	c := r.cookies[0]
	texts := []string{"Path=" + c.Path}
	for _, a := range []struct {
		text string
		is   bool
	}{
		{"HttpOnly", c.HttpOnly}, {"Secure", c.Secure}, {"SameSite=Lax", c.SameSite == http.SameSiteLaxMode}, {"Domain", c.Domain != ""},
		{"Max-Age=0", c.MaxAge < 0}, {"Max-Age", c.MaxAge > 0}, {"Expires", c.RawExpires != "" && c.MaxAge >= 0},
	} {
		if a.is {
			texts = append(texts, a.text)
		}
	}
	return strings.Join(texts, "; ")
}

// serve lets a handler answer the request. id is the value of the cookie, "" for none.
func (r request) serve(ctx context.Context, handler http.Handler, id string) result {
	sent := httptest.NewRequestWithContext(ctx, r.method, "https://shop.test"+r.path, strings.NewReader(r.body))
	if r.body != "" {
		sent.Header.Set("Content-Type", "application/json")
	}
	if id != "" {
		sent.AddCookie(&http.Cookie{Name: "session", Value: id})
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, sent)
	answer := w.Result()
	got := result{status: answer.StatusCode, body: w.Body.String()}
	for _, c := range answer.Cookies() {
		if c.Name == "session" {
			got.cookies = append(got.cookies, c)
		}
	}
	return got
}
