package skierapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// New returns the service: ServeMux with the methods in its patterns, and layers round it. An answer is collected and sent at the end, so
// that a layer can still change it: what ServeMux says in plain text becomes a problem, and so does half an answer and a panic.
func New(store Store) http.Handler {
	if store == nil {
		panic("skierapi: New needs a store")
	}
	a := &api{store: store, mux: http.NewServeMux()}
	a.mux.HandleFunc("POST /skiers", a.post)
	a.mux.HandleFunc("GET /skiers", a.list)
	a.mux.HandleFunc("GET /skiers/{skierID}", func(w http.ResponseWriter, r *http.Request) {
		skier, err := store.Skier(r.Context(), r.PathValue("skierID"))
		send(w, 200, skier, err)
	})
	a.mux.HandleFunc("PUT /skiers/{skierID}", a.put)
	a.mux.HandleFunc("DELETE /skiers/{skierID}", func(w http.ResponseWriter, r *http.Request) {
		send(w, 204, nil, store.Delete(r.Context(), r.PathValue("skierID")))
	})
	a.mux.HandleFunc("GET /resorts", func(w http.ResponseWriter, r *http.Request) {
		resorts, err := store.Resorts(r.Context())
		if err == nil && len(resorts) == 0 {
			fail(w, Problem{Status: 404, Detail: "there are no resorts"})
			return
		}
		send(w, 200, Resorts{resorts}, err)
	})
	return a
}

// api counts its requests, for whoever operates it.
type api struct {
	store Store
	mux   *http.ServeMux

	mu      sync.Mutex
	answers map[int]int // how often there was each status
}

// collected is an answer that is not sent yet.
type collected struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *collected) Header() http.Header { return c.header }

func (c *collected) WriteHeader(status int) { c.status = status }

func (c *collected) Write(p []byte) (int, error) { return c.body.Write(p) }

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &collected{header: http.Header{}, status: 200}
	func() {
		defer func() {
			if p := recover(); p != nil {
				c = &collected{header: http.Header{}}
				fail(c, Problem{Status: 500})
			}
		}()
		a.mux.ServeHTTP(c, r)
	}()
	if c.status >= 400 && c.header.Get("Content-Type") != "application/problem+json" {
		c.body.Reset()
		fail(c, Problem{Status: c.status, Detail: r.Method + " " + r.URL.Path})
	}
	a.counts(c.status)
	maps.Copy(w.Header(), c.header)
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes())
}

func (a *api) counts(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answers == nil {
		a.answers = map[int]int{}
	}
	a.answers[status]++
}

func send(w http.ResponseWriter, status int, v any, err error) {
	switch {
	case errors.Is(err, ErrNotFound):
		fail(w, Problem{Status: 404})
	case errors.Is(err, ErrUsernameTaken):
		fail(w, Problem{Status: 409})
	case err != nil:
		fail(w, Problem{Status: 500})
	default:
		if v != nil {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		if v != nil {
			_ = json.NewEncoder(w).Encode(v)
		}
	}
}

func fail(w http.ResponseWriter, p Problem) {
	p.Title = http.StatusText(p.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func (a *api) post(w http.ResponseWriter, r *http.Request) {
	p, wrong := read(r)
	if wrong != nil {
		fail(w, *wrong)
		return
	}
	skier, err := a.store.Create(r.Context(), p)
	if err == nil {
		w.Header().Set("Location", "/skiers/"+skier.ID)
	}
	send(w, 201, skier, err)
}

func (a *api) put(w http.ResponseWriter, r *http.Request) {
	p, wrong := read(r)
	if wrong != nil {
		fail(w, *wrong)
		return
	}
	skier := Skier{r.PathValue("skierID"), p}
	send(w, 200, skier, a.store.Replace(r.Context(), skier))
}

// list has cursors that know where to go on and how many skiers there were on the page.
func (a *api) list(w http.ResponseWriter, r *http.Request) {
	type position struct {
		After string
		Limit int
	}
	at, err := position{}, error(nil)
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		text, broken := base64.URLEncoding.DecodeString(cursor)
		err = errors.Join(broken, json.Unmarshal(text, &at))
	}
	limit := DefaultLimit
	if text := r.URL.Query().Get("limit"); text != "" && err == nil {
		limit, err = strconv.Atoi(text)
	}
	if err != nil || limit < 1 || limit > MaxLimit {
		fail(w, Problem{Status: 400, Detail: "limit or cursor"})
		return
	}
	skiers, err := a.store.Skiers(r.Context(), at.After, limit+1)
	byID := map[string]Skier{}
	for _, s := range skiers {
		byID[s.ID] = s
	}
	page := Page{Skiers: make([]Skier, 0, limit)}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		if len(page.Skiers) == limit {
			text, _ := json.Marshal(position{page.Skiers[limit-1].ID, limit})
			page.Next = base64.URLEncoding.EncodeToString(text)
			break
		}
		page.Skiers = append(page.Skiers, byID[id])
	}
	send(w, 200, page, err)
}

// read reads a profile field by field.
func read(r *http.Request) (p Profile, wrong *Problem) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return p, &Problem{Status: 415}
	}
	if r.ContentLength > MaxBody {
		return p, &Problem{Status: 413}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	var fields map[string]json.RawMessage
	switch {
	case len(body) > MaxBody:
		return p, &Problem{Status: 413}
	case err != nil || !json.Valid(body):
		return p, &Problem{Status: 400}
	case json.Unmarshal(body, &fields) != nil:
		return p, &Problem{Status: 422, Detail: "send an object"}
	}
	known := map[string]*string{"username": &p.Username, "email": &p.Email, "city": &p.City}
	var errs []FieldError
	for name, value := range fields {
		switch {
		case known[name] == nil:
			errs = append(errs, FieldError{name, "unknown"})
		case json.Unmarshal(value, known[name]) != nil:
			errs = append(errs, FieldError{name, "must be a text"})
		}
	}
	if len(errs) == 0 {
		errs = p.Invalid()
	}
	if len(errs) > 0 {
		slices.SortFunc(errs, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
		return p, &Problem{Status: 422, Detail: fmt.Sprint(len(errs), " fields are wrong"), Errors: errs}
	}
	return p, nil
}
