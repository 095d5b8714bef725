// Package sessions is a lab: the shopping carts of a ski shop, served by replicas that keep nothing to themselves.
//
// A replica may be started, stopped or killed at any moment, and the next request of a skier may reach any other. So what a skier has
// done so far, the session, cannot lie in the memory of a replica. It lies in Redis, and the skier's browser brings its name, the
// session id, with every request in a cookie.
//
//	request                                   answers
//	POST   /login  {"user":"ann"}             204 and the cookie        400 a bad body    500 no randomness   503
//	GET    /cart                              200 and the cart          401                                   503
//	POST   /cart/items  {"sku":"A1","qty":2}  200 and the cart          401               400 a bad body      503
//	DELETE /cart/items/{sku}                  200 and the cart          401                                   503
//	POST   /logout                            204 and the cookie ends                                         503
//
// 401: the cookie names no living session, or there is none. 503: Redis does not do what it was asked. The cart is, for example,
// {"user":"ann","items":{"A1":2}}. What stands in the body of an error is yours.
//
// This file is given: it is the same for everybody and is not handed in. You write sessions.go.
package sessions

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"
)

// CookieName is the name of the cookie whose value is the session id.
const CookieName = "session"

// DefaultTTL is how long a session lives without a request unless Options say otherwise.
const DefaultTTL = 30 * time.Minute

// DefaultOpTimeout is what one Redis operation may take unless Options say otherwise.
const DefaultOpTimeout = 500 * time.Millisecond

// Options are the settings of New. The zero value is ready to use.
type Options struct {
	// TTL is how long a session lives after its last request, in whole milliseconds; 0 means DefaultTTL.
	TTL time.Duration
	// OpTimeout is what one Redis operation may take before it is given up as failed; 0 means DefaultOpTimeout.
	OpTimeout time.Duration
	// Rand is what session ids are made of; nil means crypto/rand.Reader. Many goroutines may read it at once.
	Rand io.Reader
}

// Cart is what a skier has put into the cart so far: how many of each article, named by its SKU (stock keeping unit).
type Cart struct {
	User  string           `json:"user"`
	Items map[string]int64 `json:"items"`
}

// Item is the body of POST /cart/items.
type Item struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

var skuForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// ReadLogin reads the body of POST /login. If it returns an error, the answer is 400.
func ReadLogin(r *http.Request) (user string, err error) {
	var body struct {
		User string `json:"user"`
	}
	if err := readBody(r, &body); err != nil {
		return "", err
	}
	if body.User == "" || len(body.User) > 64 {
		return "", errors.New("sessions: a user's name has 1 to 64 bytes")
	}
	return body.User, nil
}

// ReadItem reads the body of POST /cart/items. If it returns an error, the answer is 400.
func ReadItem(r *http.Request) (Item, error) {
	var item Item
	if err := readBody(r, &item); err != nil {
		return Item{}, err
	}
	if !skuForm.MatchString(item.SKU) {
		return Item{}, errors.New("sessions: an SKU is 1 to 64 letters, digits and hyphens")
	}
	if item.Qty < 1 || item.Qty > 1000 {
		return Item{}, errors.New("sessions: a quantity is 1 to 1000")
	}
	return item, nil
}

func readBody(r *http.Request, into any) error {
	if err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(into); err != nil {
		return fmt.Errorf("sessions: body: %w", err)
	}
	return nil
}

// WriteCart answers 200 with the cart.
func WriteCart(w http.ResponseWriter, cart Cart) {
	if cart.Items == nil {
		cart.Items = map[string]int64{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(cart) // it fails only if the client has gone
}
