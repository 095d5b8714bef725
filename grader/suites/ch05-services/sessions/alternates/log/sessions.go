package sessions

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is one replica. A session is a list in Redis of what has happened: "user ann", "add 2 A1", "remove A1". The cart is what comes
// out when one reads the list from its beginning. A change is RPUSHX, which appends to a list that is there and creates none: so no
// script has to ask whether the session lives.
type server struct {
	rdb       *redis.Client
	ttl       time.Duration
	opTimeout time.Duration
	rand      io.Reader
}

// New returns one replica of the shop.
func New(rdb *redis.Client, opts Options) http.Handler {
	if rdb == nil {
		panic("sessions: New needs a Redis client")
	}
	s := &server{rdb: rdb, ttl: DefaultTTL, opTimeout: DefaultOpTimeout, rand: rand.Reader}
	if opts.TTL != 0 {
		s.ttl = opts.TTL
	}
	if opts.OpTimeout != 0 {
		s.opTimeout = opts.OpTimeout
	}
	if opts.Rand != nil {
		s.rand = opts.Rand
	}
	return s
}

// ServeHTTP finds the request in the table of api.go.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sku, isItem := strings.CutPrefix(r.URL.Path, "/cart/items/")
	switch {
	case r.Method == "POST" && r.URL.Path == "/login":
		s.login(w, r)
	case r.Method == "POST" && r.URL.Path == "/logout":
		s.logout(w, r)
	case r.Method == "GET" && r.URL.Path == "/cart":
		s.cart(w, r, "")
	case r.Method == "POST" && r.URL.Path == "/cart/items":
		item, err := ReadItem(r)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.cart(w, r, fmt.Sprintf("add %d %s", item.Qty, item.SKU))
	case r.Method == "DELETE" && isItem:
		s.cart(w, r, "remove "+sku)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	user, err := ReadLogin(r)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var random [32]byte
	if _, err := io.ReadFull(s.rand, random[:]); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	id := hex.EncodeToString(random[:])
	if !s.transaction(w, r, func(ctx context.Context, tx redis.Pipeliner) {
		tx.RPush(ctx, "log:"+id, "user "+user)
		tx.PExpire(ctx, "log:"+id, s.ttl)
		tx.Del(ctx, sent(r))
	}) {
		return
	}
	setCookie(w, http.Cookie{Value: id})
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	if !s.transaction(w, r, func(ctx context.Context, tx redis.Pipeliner) { tx.Del(ctx, sent(r)) }) {
		return
	}
	setCookie(w, http.Cookie{Value: "ended", MaxAge: -1})
	w.WriteHeader(http.StatusNoContent)
}

// cart appends what happens, unless it is "", and answers with the cart.
func (s *server) cart(w http.ResponseWriter, r *http.Request, event string) {
	var log *redis.StringSliceCmd
	if !s.transaction(w, r, func(ctx context.Context, tx redis.Pipeliner) {
		if event != "" {
			tx.RPushX(ctx, sent(r), event)
		}
		tx.PExpire(ctx, sent(r), s.ttl)
		log = tx.LRange(ctx, sent(r), 0, -1)
	}) {
		return
	}
	if len(log.Val()) == 0 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	WriteCart(w, replay(log.Val()))
}

// replay makes the cart of what has happened.
func replay(log []string) Cart {
	cart := Cart{Items: map[string]int64{}}
	for _, event := range log {
		kind, what, _ := strings.Cut(event, " ")
		switch kind {
		case "user":
			cart.User = what
		case "remove":
			delete(cart.Items, what)
		case "add":
			var qty int64
			var sku string
			if _, err := fmt.Sscan(what, &qty, &sku); err == nil {
				cart.Items[sku] += qty
			}
		}
	}
	return cart
}

// transaction is false, and has answered 503, if Redis did not carry it out.
func (s *server) transaction(w http.ResponseWriter, r *http.Request, add func(context.Context, redis.Pipeliner)) bool {
	ctx, cancel := context.WithTimeout(r.Context(), s.opTimeout)
	defer cancel()
	_, err := s.rdb.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		add(ctx, tx)
		return nil
	})
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	return err == nil
}

func sent(r *http.Request) string {
	if c, err := r.Cookie(CookieName); err == nil {
		return "log:" + c.Value
	}
	return "log:"
}

func setCookie(w http.ResponseWriter, c http.Cookie) {
	c.Name, c.Path, c.HttpOnly, c.Secure, c.SameSite = CookieName, "/", true, true, http.SameSiteLaxMode
	http.SetCookie(w, &c)
}
