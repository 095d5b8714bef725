package sessions

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// shop is one replica, without state: a session is a hash in Redis with the field "user" and a field "item:<sku>" for each article.
type shop struct {
	rdb  *redis.Client
	opts Options
}

// visit is what a cart request does, in one step that nobody comes between: look whether the session is alive, change the cart, renew
// the TTL, read the cart. KEYS: the session. ARGV: the TTL in milliseconds, what to do, the field, the quantity.
var visit = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
if ARGV[2] == 'add' then redis.call('HINCRBY', KEYS[1], ARGV[3], ARGV[4]) end
if ARGV[2] == 'remove' then redis.call('HDEL', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('HGETALL', KEYS[1])
`)

// New returns one replica of the shop.
func New(rdb *redis.Client, opts Options) http.Handler {
	if opts.TTL == 0 {
		opts.TTL = DefaultTTL
	}
	if opts.OpTimeout == 0 {
		opts.OpTimeout = DefaultOpTimeout
	}
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	if rdb == nil || opts.OpTimeout < 0 || opts.TTL < 0 || opts.TTL%time.Millisecond != 0 {
		panic("sessions: New needs a Redis client, an OpTimeout, and a TTL of whole milliseconds")
	}
	s, mux := &shop{rdb: rdb, opts: opts}, http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /cart", func(w http.ResponseWriter, r *http.Request) { s.visit(w, r, "get", "", 0) })
	mux.HandleFunc("POST /cart/items", s.add)
	mux.HandleFunc("DELETE /cart/items/{sku}", func(w http.ResponseWriter, r *http.Request) { s.visit(w, r, "remove", r.PathValue("sku"), 0) })
	return mux
}

// login begins a session under a new id, whatever id the client has sent, and ends the one that this id may name.
func (s *shop) login(w http.ResponseWriter, r *http.Request) {
	user, err := ReadLogin(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(s.opts.Rand, random); err != nil {
		http.Error(w, "no session id", http.StatusInternalServerError)
		return
	}
	id := base64.RawURLEncoding.EncodeToString(random)
	ctx, cancel := s.timeout(r)
	defer cancel()
	_, err = s.rdb.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.Del(ctx, key(sentID(r)))
		tx.HSet(ctx, key(id), "user", user)
		tx.PExpire(ctx, key(id), s.opts.TTL)
		return nil
	})
	if err != nil {
		unavailable(w)
		return
	}
	http.SetCookie(w, cookie(id, 0))
	w.WriteHeader(http.StatusNoContent)
}

func (s *shop) logout(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.timeout(r)
	defer cancel()
	if err := s.rdb.Del(ctx, key(sentID(r))).Err(); err != nil {
		unavailable(w)
		return
	}
	http.SetCookie(w, cookie("", -1))
	w.WriteHeader(http.StatusNoContent)
}

func (s *shop) add(w http.ResponseWriter, r *http.Request) {
	item, err := ReadItem(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.visit(w, r, "add", item.SKU, item.Qty)
}

// visit runs the script and answers with the cart.
func (s *shop) visit(w http.ResponseWriter, r *http.Request, do, sku string, qty int64) {
	ctx, cancel := s.timeout(r)
	defer cancel()
	ttl := s.opts.TTL.Milliseconds()
	fields, err := visit.Run(ctx, s.rdb, []string{key(sentID(r))}, ttl, do, "item:"+sku, qty).StringSlice()
	if errors.Is(err, redis.Nil) {
		http.Error(w, "log in first", http.StatusUnauthorized)
		return
	}
	if err != nil {
		unavailable(w)
		return
	}
	cart := Cart{Items: map[string]int64{}}
	for i := 0; i+1 < len(fields); i += 2 {
		if sku, is := strings.CutPrefix(fields[i], "item:"); is {
			cart.Items[sku], _ = strconv.ParseInt(fields[i+1], 10, 64) // HINCRBY wrote it
		} else {
			cart.User = fields[i+1]
		}
	}
	WriteCart(w, cart)
}

func (s *shop) timeout(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), s.opts.OpTimeout)
}

func key(id string) string { return "session:" + id }

// sentID is the id that the client has sent, or "", under which there is never a session.
func sentID(r *http.Request) string {
	if c, err := r.Cookie(CookieName); err == nil {
		return c.Value
	}
	return ""
}

func cookie(id string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: CookieName, Value: id, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
}

func unavailable(w http.ResponseWriter) {
	http.Error(w, "the shop cannot reach its sessions just now", http.StatusServiceUnavailable)
}
