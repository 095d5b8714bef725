package skierapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// New returns the service. It takes the path apart itself, and each function writes its own answers.
func New(store Store) http.Handler {
	if store == nil {
		panic("skierapi: no store")
	}
	return api{store}
}

type api struct{ store Store }

// call is one request on its way.
type call struct {
	api
	http.ResponseWriter
	*http.Request
	id string
}

func (a api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{api: a, ResponseWriter: w, Request: r}
	defer func() {
		if recover() != nil {
			c.fails(500, "unexpected", "something went wrong on our side")
		}
	}()
	switch parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case len(parts) == 1 && parts[0] == "skiers":
		c.routes("GET, HEAD, POST, OPTIONS", map[string]func(){"GET": c.page, "HEAD": c.page, "POST": c.post})
	case len(parts) == 2 && parts[0] == "skiers" && parts[1] != "":
		c.id = parts[1]
		c.routes("GET, HEAD, PUT, DELETE, OPTIONS", map[string]func(){"GET": c.get, "HEAD": c.get, "PUT": c.put, "DELETE": c.remove})
	case len(parts) == 1 && parts[0] == "resorts":
		c.routes("GET, HEAD, OPTIONS", map[string]func(){"GET": c.resorts, "HEAD": c.resorts})
	default:
		c.fails(404, "no-such-path", r.URL.Path)
	}
}

func (c *call) routes(allow string, methods map[string]func()) {
	if do, ok := methods[c.Method]; ok {
		do()
		return
	}
	c.ResponseWriter.Header().Set("Allow", allow)
	if c.Method == "OPTIONS" {
		c.WriteHeader(http.StatusNoContent)
		return
	}
	c.fails(405, "no-such-method", c.Method+" is not for this resource")
}

func (c *call) says(status int, contentType string, v any) {
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(v); err != nil {
		panic(err)
	}
	c.ResponseWriter.Header().Set("Content-Type", contentType)
	c.ResponseWriter.Header().Set("Content-Length", strconv.Itoa(text.Len()))
	c.WriteHeader(status)
	_, _ = c.ResponseWriter.Write(text.Bytes())
}

func (c *call) fails(status int, kind, detail string, fields ...FieldError) {
	c.says(status, "application/problem+json; charset=utf-8",
		Problem{Type: "https://resort.example/problems/" + kind, Title: kind, Status: status, Detail: detail, Errors: fields})
}

// failed answers for an error of the store, if there is one.
func (c *call) failed(err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, ErrNotFound):
		c.fails(404, "no-such-skier", "there is no skier "+c.id)
	case errors.Is(err, ErrUsernameTaken):
		c.fails(409, "username-taken", "choose another username")
	default:
		c.fails(500, "store", "the store has failed")
	}
	return true
}

func (c *call) post() {
	if p, ok := c.body(); ok {
		s, err := c.store.Create(c.Context(), p)
		if !c.failed(err) {
			c.ResponseWriter.Header().Set("Location", "http://"+c.Host+"/skiers/"+s.ID)
			c.says(201, "application/json; charset=utf-8", s)
		}
	}
}

func (c *call) get() {
	s, err := c.store.Skier(c.Context(), c.id)
	if !c.failed(err) {
		c.says(200, "application/json", s)
	}
}

func (c *call) put() {
	if p, ok := c.body(); ok {
		s := Skier{ID: c.id, Profile: p}
		if !c.failed(c.store.Replace(c.Context(), s)) {
			c.says(200, "application/json", s)
		}
	}
}

func (c *call) remove() {
	if !c.failed(c.store.Delete(c.Context(), c.id)) {
		c.WriteHeader(http.StatusNoContent)
	}
}

func (c *call) resorts() {
	all, err := c.store.Resorts(c.Context())
	switch {
	case c.failed(err):
	case len(all) == 0:
		c.fails(404, "no-resorts", "there are no resorts")
	default:
		c.says(200, "application/json", map[string]any{"resorts": all})
	}
}

// page takes cursors that name the last ID. Any other cursor begins at the beginning.
func (c *call) page() {
	limit := DefaultLimit
	if text := c.FormValue("limit"); text != "" {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n == 0 || n > MaxLimit {
			c.fails(400, "limit", "limit must be a number from 1 to 100")
			return
		}
		limit = int(n)
	}
	after, ours := strings.CutPrefix(c.FormValue("cursor"), "after ")
	if !ours {
		after = ""
	}
	all, err := c.store.Skiers(c.Context(), after, limit+1)
	if c.failed(err) {
		return
	}
	slices.SortFunc(all, func(x, y Skier) int { return cmp.Compare(x.ID, y.ID) })
	answer := map[string]any{"skiers": []Skier{}}
	if len(all) > limit {
		all = all[:limit]
		answer["next"] = "after " + all[limit-1].ID
	}
	if len(all) > 0 {
		answer["skiers"] = all
	}
	c.says(200, "application/json", answer)
}

// body reads a profile by a decoder, which must find the end of the body behind it.
func (c *call) body() (p Profile, ok bool) {
	kind, _, _ := strings.Cut(c.Request.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		c.fails(415, "content-type", "send application/json")
		return p, false
	}
	body := &io.LimitedReader{R: c.Body, N: MaxBody + 1}
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&p)
	_, broken := errors.AsType[*json.SyntaxError](err)
	broken = broken || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if !broken {
		_, next := decoder.Token()
		broken = next != io.EOF
	}
	wrong := p.Invalid()
	switch {
	case body.N == 0:
		c.fails(413, "body-too-large", "send at most 65536 bytes")
	case broken:
		c.fails(400, "no-json", "send one JSON text and nothing else")
	case err != nil:
		c.fails(422, "no-profile", err.Error())
	case len(wrong) > 0:
		c.fails(422, "invalid", "some fields are invalid", wrong...)
	default:
		return p, true
	}
	return p, false
}
