package skierapi

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// New returns the service: a handler for /skiers, /skiers/{skierID} and /resorts that keeps everything in this store.
func New(store Store) http.Handler {
	if store == nil {
		panic("skierapi: New needs a store")
	}
	s := service{store}
	mux := http.NewServeMux()
	mux.Handle("/skiers", resource{"GET": s.list, "POST": s.create})
	mux.Handle("/skiers/{skierID}", resource{"GET": s.read, "PUT": s.replace, "DELETE": s.remove})
	mux.Handle("/resorts", resource{"GET": s.resorts})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, problem(404, "there is nothing at this path")) })
	return mux
}

// resource is what a path has: a function for each of its methods. None of them writes anything, so it is never too late for an error.
type resource map[string]func(w http.ResponseWriter, r *http.Request) (status int, body any, err error)

// ServeHTTP calls the function for the method, and is the only place that writes answers.
func (res resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			refuse(w, fmt.Errorf("panic: %v", p))
		}
	}()
	do, found := res[r.Method]
	if !found {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(res)), ", "))
		refuse(w, problem(http.StatusMethodNotAllowed, "this resource has other methods"))
		return
	}
	status, body, err := do(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, status, "application/json", body)
}

func write(w http.ResponseWriter, status int, contentType string, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // it fails only if the client is gone
}

// Error makes a problem document an error, so that a function can return it.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

func problem(status int, detail string, errs ...FieldError) Problem {
	return Problem{Title: http.StatusText(status), Status: status, Detail: detail, Errors: errs}
}

// refuse answers with the problem that an error is. What it does not know is nobody's business but our own.
func refuse(w http.ResponseWriter, err error) {
	p, known := errors.AsType[Problem](err)
	switch {
	case known:
	case errors.Is(err, ErrNotFound):
		p = problem(http.StatusNotFound, "there is no such skier")
	case errors.Is(err, ErrUsernameTaken):
		p = problem(http.StatusConflict, "this username is taken")
	default:
		log.Print("skierapi: ", err)
		p = problem(http.StatusInternalServerError, "")
	}
	write(w, p.Status, "application/problem+json", p)
}

// service has nothing but the store, so any number of copies are as good as one.
type service struct{ store Store }

func (s service) create(w http.ResponseWriter, r *http.Request) (int, any, error) {
	p, err := profile(w, r)
	if err != nil {
		return 0, nil, err
	}
	skier, err := s.store.Create(r.Context(), p)
	if err == nil {
		w.Header().Set("Location", "/skiers/"+skier.ID)
	}
	return http.StatusCreated, skier, err
}

func (s service) read(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	skier, err := s.store.Skier(r.Context(), r.PathValue("skierID"))
	return http.StatusOK, skier, err
}

func (s service) replace(w http.ResponseWriter, r *http.Request) (int, any, error) {
	p, err := profile(w, r)
	if err != nil {
		return 0, nil, err
	}
	skier := Skier{r.PathValue("skierID"), p}
	return http.StatusOK, skier, s.store.Replace(r.Context(), skier)
}

func (s service) remove(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.store.Delete(r.Context(), r.PathValue("skierID"))
}

func (s service) resorts(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	resorts, err := s.store.Resorts(r.Context())
	if err == nil && len(resorts) == 0 {
		err = problem(http.StatusNotFound, "there are no resorts")
	}
	return http.StatusOK, Resorts{resorts}, err
}

// list asks for one skier more than it shows, to know whether there is another page. The cursor is the last ID of this one.
func (s service) list(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	query := r.URL.Query()
	limit := DefaultLimit
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > MaxLimit {
			return 0, nil, problem(http.StatusBadRequest, fmt.Sprintf("limit must be a number from 1 to %d", MaxLimit))
		}
		limit = n
	}
	after, err := base64.RawURLEncoding.DecodeString(query.Get("cursor"))
	if err != nil {
		return 0, nil, problem(http.StatusBadRequest, "this cursor was never given out")
	}
	skiers, err := s.store.Skiers(r.Context(), string(after), limit+1)
	if err != nil {
		return 0, nil, err
	}
	slices.SortFunc(skiers, func(a, b Skier) int { return cmp.Compare(a.ID, b.ID) })
	page := Page{Skiers: append([]Skier{}, skiers[:min(limit, len(skiers))]...)} // never nil, which would be null
	if len(skiers) > limit {
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(page.Skiers[limit-1].ID))
	}
	return http.StatusOK, page, nil
}

// profile reads the body of a POST or PUT.
func profile(w http.ResponseWriter, r *http.Request) (p Profile, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return p, problem(http.StatusUnsupportedMediaType, "send application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return p, problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("send at most %d bytes", MaxBody))
	}
	if err != nil || !json.Valid(body) {
		return p, problem(http.StatusBadRequest, "the body is not one JSON text")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, problem(http.StatusUnprocessableEntity, err.Error())
	}
	if wrong := p.Invalid(); len(wrong) > 0 {
		return p, problem(http.StatusUnprocessableEntity, "some values are invalid", wrong...)
	}
	return p, nil
}
