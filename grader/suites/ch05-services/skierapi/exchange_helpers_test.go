package skierapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"scalelab/labs/ch05-services/skierapi"
	"scalelab/pkg/check"
)

const host = "http://resort.example"

// request is what a client sends.
type request struct {
	method, path      string
	contentType, body string
	chunked           bool            // it does not say how long the body is
	read              *int            // counts the bytes of the body that are read
	ctx               context.Context // nil is that of the check
}

func (r request) String() string { return r.method + " " + r.path }

func get(path string) request    { return request{method: "GET", path: path} }
func remove(path string) request { return request{method: "DELETE", path: path} }

func post(body string) request {
	return request{method: "POST", path: "/skiers", contentType: "application/json", body: body}
}

func put(id, body string) request {
	return request{method: "PUT", path: "/skiers/" + id, contentType: "application/json", body: body}
}

// as is the request with another content type.
func (r request) as(contentType string) request {
	r.contentType = contentType
	return r
}

// inChunks is the request without a Content-Length.
func (r request) inChunks() request {
	r.chunked = true
	return r
}

func (r request) build(t *check.T) *http.Request {
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	out := httptest.NewRequest(r.method, host+r.path, body)
	out.RequestURI, out.URL.Scheme, out.URL.Host = r.path, "", ""
	if r.body != "" {
		out.Body = counted{out.Body, r.read}
	}
	if r.chunked {
		out.ContentLength, out.TransferEncoding = -1, []string{"chunked"}
	}
	if r.contentType != "" {
		out.Header.Set("Content-Type", r.contentType)
	}
	if r.ctx != nil {
		return out.WithContext(r.ctx)
	}
	return out.WithContext(t.Context())
}

// counted counts what is read.
type counted struct {
	io.ReadCloser
	bytes *int
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.bytes != nil {
		*c.bytes += n
	}
	return n, err
}

// reply is what a client receives.
type reply struct {
	status int
	header http.Header
	body   string
	cut    string // the connection was cut instead, because of this panic
}

func replyOf(r *http.Response) reply {
	body, _ := io.ReadAll(r.Body) // of a recorder: it does not fail
	if r.StatusCode == http.StatusNoContent {
		body = nil // net/http sends none
	}
	return reply{status: r.StatusCode, header: r.Header, body: string(body)}
}

func (a reply) String() string { return statusText(a.status) }

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// skier is the skier in the body.
func (a reply) skier() string {
	var s skierapi.Skier
	_ = json.Unmarshal([]byte(a.body), &s) // the document was held to it before
	return describe(s)
}

// page is the page in the body.
func (a reply) page() (ids []string, next string) {
	var p skierapi.Page
	_ = json.Unmarshal([]byte(a.body), &p)
	for _, s := range p.Skiers {
		ids = append(ids, s.ID)
	}
	return ids, p.Next
}

// problem is the problem in the body.
func (a reply) problem() (p skierapi.Problem) {
	_ = json.Unmarshal([]byte(a.body), &p)
	return p
}

// fields are the fields that a problem names.
func (a reply) fields() string {
	var fields []string
	for _, e := range a.problem().Errors {
		fields = append(fields, e.Field)
	}
	slices.Sort(fields)
	return strings.Join(slices.Compact(fields), ", ")
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs can be marshalled
	}
	return string(text)
}
