// Package skierapi is a lab: the skiers of the resort as resources, over HTTP.
//
// A service whose requests are complete in themselves can be replicated as often as one likes. What its clients rely on is written down
// in a document (openapi.go), and everything that it answers, also when something is wrong, is as the document says.
//
// This file is given, like openapi.go and memory.go: they are the same for everybody and you do not hand them in. You write skierapi.go.
package skierapi

import (
	"context"
	"errors"
	"strings"
)

// Limits of requests.
const (
	MaxBody      = 64 << 10 // how many bytes a body may have
	DefaultLimit = 20       // how many skiers are on a page if the request does not say
	MaxLimit     = 100      // how many it may ask for
)

// ErrNotFound says that a store has no skier with this ID. It may come wrapped, as may ErrUsernameTaken: compare with errors.Is.
var ErrNotFound = errors.New("skierapi: no such skier")

// ErrUsernameTaken says that another skier has this username.
var ErrUsernameTaken = errors.New("skierapi: this username is taken")

// Profile is what a client tells about a skier: the body of POST and PUT.
type Profile struct {
	Username string `json:"username"`       // 1 to 32 of a to z, 0 to 9, "_" and "-"
	Email    string `json:"email"`          // something, an @, something; at most 254 bytes
	City     string `json:"city,omitempty"` // at most 100 bytes; may be missing
}

// Invalid tells what is wrong with the values of a profile, field by field. It is empty if all is well.
func (p Profile) Invalid() []FieldError {
	var wrong []FieldError
	isName := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' }
	if p.Username == "" || len(p.Username) > 32 || strings.ContainsFunc(p.Username, func(r rune) bool { return !isName(r) }) {
		wrong = append(wrong, FieldError{"username", "must be 1 to 32 of a to z, 0 to 9, _ and -"})
	}
	if at := strings.IndexByte(p.Email, '@'); at < 1 || at == len(p.Email)-1 || len(p.Email) > 254 || strings.ContainsAny(p.Email, " \t\r\n") {
		wrong = append(wrong, FieldError{"email", "must have an @ with something on both sides, no blanks, and at most 254 bytes"})
	}
	if len(p.City) > 100 {
		wrong = append(wrong, FieldError{"city", "must have at most 100 bytes"})
	}
	return wrong
}

// Skier is a profile with the ID that the store has given it. As JSON it is one object with four fields.
type Skier struct {
	ID string `json:"id"` // of a to z and 0 to 9
	Profile
}

// Page is an answer of GET /skiers. Take care: a nil slice becomes null, and an empty one becomes [].
type Page struct {
	Skiers []Skier `json:"skiers"`
	Next   string  `json:"next,omitempty"` // the cursor of the next page; missing on the last one
}

// Resort is a place to ski.
type Resort struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Resorts is the answer of GET /resorts.
type Resorts struct {
	Resorts []Resort `json:"resorts"`
}

// Problem is the body of every answer that is an error (RFC 9457). Its content type is application/problem+json.
type Problem struct {
	Type   string       `json:"type,omitempty"`   // a URI that names the kind of problem; missing is "about:blank"
	Title  string       `json:"title"`            // the same for every problem of that kind
	Status int          `json:"status"`           // the status code of the answer
	Detail string       `json:"detail,omitempty"` // what was wrong this time
	Errors []FieldError `json:"errors,omitempty"` // which values are wrong, when the status is 422
}

// FieldError says what is wrong with one field of a profile.
type FieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Store keeps skiers and resorts. It is made of several shards, on other machines. Any number of goroutines may use it at once, and each
// call is one step: either all of it happens or nothing. An error that is neither ErrNotFound nor ErrUsernameTaken says that the store
// has failed; it speaks of machines and passwords that are no client's business.
type Store interface {
	// Create adds a skier and gives it a new ID. It returns ErrUsernameTaken if there is a skier with this username.
	Create(ctx context.Context, p Profile) (Skier, error)

	// Skier returns a skier, or ErrNotFound.
	Skier(ctx context.Context, id string) (Skier, error)

	// Skiers returns the n skiers that come first among those whose IDs are greater than after, or all of them if there are
	// fewer. IDs are compared as texts, and "" is less than all. The shards answer in any order, so the result is in no order.
	Skiers(ctx context.Context, after string, n int) ([]Skier, error)

	// Replace puts s in the place of the skier with its ID. It returns ErrNotFound if there is none, and ErrUsernameTaken if another
	// skier has this username.
	Replace(ctx context.Context, s Skier) error

	// Delete removes a skier, or returns ErrNotFound.
	Delete(ctx context.Context, id string) error

	// Resorts returns all resorts, in the order in which they are shown.
	Resorts(ctx context.Context) ([]Resort, error)
}
