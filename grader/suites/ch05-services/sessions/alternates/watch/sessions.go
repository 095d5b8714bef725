package sessions

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
)

var errNoSession = errors.New("sessions: no such session")

// replica keeps a session as one JSON text, and writes it only if it is still the one that was read: WATCH, GET, MULTI, SET, EXEC, and all
// over again if somebody else has been faster. Redis knows only a hash of the id, so that whoever can read Redis cannot be a customer.
type replica struct {
	rdb  *redis.Client
	opts Options
}

// New returns one replica of the shop.
func New(rdb *redis.Client, opts Options) http.Handler {
	if rdb == nil || opts.TTL < 0 || opts.OpTimeout < 0 {
		panic("sessions: New needs a Redis client")
	}
	if opts.TTL == 0 {
		opts.TTL = DefaultTTL
	}
	if opts.OpTimeout == 0 {
		opts.OpTimeout = DefaultOpTimeout
	}
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	p := &replica{rdb, opts}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("POST /logout", p.logout)
	mux.HandleFunc("GET /cart", p.read)
	mux.HandleFunc("POST /cart/items", p.add)
	mux.HandleFunc("DELETE /cart/items/{sku}", p.remove)
	return mux
}

func (p *replica) login(w http.ResponseWriter, r *http.Request) {
	user, err := ReadLogin(r)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	random := make([]byte, 20)
	if _, err := io.ReadFull(p.opts.Rand, random); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	id := base32.StdEncoding.EncodeToString(random)
	ctx, cancel := context.WithTimeout(r.Context(), p.opts.OpTimeout)
	defer cancel()
	text, err := json.Marshal(Cart{User: user})
	if err == nil {
		err = p.rdb.Set(ctx, key(id), text, p.opts.TTL).Err()
	}
	if err == nil {
		err = p.end(r)
	}
	if err != nil {
		fail(w, err)
		return
	}
	setCookie(w, id, 0)
	w.WriteHeader(http.StatusNoContent)
}

func (p *replica) logout(w http.ResponseWriter, r *http.Request) {
	if err := p.end(r); err != nil {
		fail(w, err)
		return
	}
	setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
}

// end ends the session whose id the client has sent, if it has sent one.
func (p *replica) end(r *http.Request) error {
	c, err := r.Cookie(CookieName)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), p.opts.OpTimeout)
	defer cancel()
	return p.rdb.Unlink(ctx, key(c.Value)).Err()
}

func (p *replica) read(w http.ResponseWriter, r *http.Request) {
	p.change(w, r, nil)
}

func (p *replica) add(w http.ResponseWriter, r *http.Request) {
	item, err := ReadItem(r)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.change(w, r, func(c Cart) { c.Items[item.SKU] += item.Qty })
}

func (p *replica) remove(w http.ResponseWriter, r *http.Request) {
	p.change(w, r, func(c Cart) { delete(c.Items, r.PathValue("sku")) })
}

// change tries until nobody else has been faster.
func (p *replica) change(w http.ResponseWriter, r *http.Request, f func(Cart)) {
	c, err := r.Cookie(CookieName)
	if err != nil {
		fail(w, errNoSession)
		return
	}
	for {
		cart, err := p.try(r.Context(), key(c.Value), f)
		switch {
		case err == nil:
			WriteCart(w, cart)
			return
		case !errors.Is(err, redis.TxFailedErr):
			fail(w, err)
			return
		}
	}
}

// try changes the cart once. A read needs no transaction: GETEX renews the TTL.
func (p *replica) try(ctx context.Context, key string, f func(Cart)) (Cart, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opts.OpTimeout)
	defer cancel()
	if f == nil {
		return parse(p.rdb.GetEx(ctx, key, p.opts.TTL).Bytes())
	}
	var cart Cart
	err := p.rdb.Watch(ctx, func(tx *redis.Tx) (err error) {
		if cart, err = parse(tx.Get(ctx, key).Bytes()); err != nil {
			return err
		}
		f(cart)
		text, err := json.Marshal(cart)
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			return pipe.Set(ctx, key, text, p.opts.TTL).Err()
		})
		return err
	}, key)
	return cart, err
}

func parse(text []byte, err error) (Cart, error) {
	if errors.Is(err, redis.Nil) {
		return Cart{}, errNoSession
	}
	var cart Cart
	if err == nil {
		err = json.Unmarshal(text, &cart)
	}
	if cart.Items == nil {
		cart.Items = map[string]int64{}
	}
	return cart, err
}

func key(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "session:" + hex.EncodeToString(sum[:])
}

func fail(w http.ResponseWriter, err error) {
	if errors.Is(err, errNoSession) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

func setCookie(w http.ResponseWriter, id string, maxAge int) {
	c := &http.Cookie{Name: CookieName, Value: id, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: maxAge}
	if maxAge < 0 {
		c.Expires = time.Unix(1, 0)
	}
	http.SetCookie(w, c)
}
