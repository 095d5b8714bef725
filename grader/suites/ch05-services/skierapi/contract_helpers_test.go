package skierapi_test

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/skierapi"
	"scalelab/pkg/check"
)

// contract is the document, to which every exchange is held.
type contract struct {
	t   *check.T
	doc *openapi3.T
}

func readContract(t *check.T) contract {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(skierapi.OpenAPI))
	require.NoError(t, err, "the document can be read")
	require.NoError(t, doc.Validate(t.Context()), "the document is one of OpenAPI 3")
	return contract{t, doc}
}

var options = &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true}

// accepts says what the document has against a request.
func (c contract) accepts(r request) string {
	input, known := c.input(r)
	if !known {
		return "the document does not have this path and method"
	}
	return because(openapi3filter.ValidateRequest(c.t.Context(), input))
}

// holds says in what an answer differs from what the document promises, and is "" if all is well.
func (c contract) holds(r request, a reply) string {
	input, known := c.input(r)
	if !known && a.status < 400 {
		return "" // the document says nothing, and the check will
	}
	if err := openapi3filter.ValidateResponse(c.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Options: options,
	}); err != nil {
		return because(err)
	}
	if a.status >= 400 {
		return isProblem(a)
	}
	return ""
}

// isProblem says what no schema can: that a problem names the status of its answer.
func isProblem(a reply) string {
	want := fmt.Sprintf(`"status":%d`, a.status)
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if got := a.problem().Status; kind == "application/problem+json" && got != a.status {
		return fmt.Sprintf(`the problem says "status":%d, which should be %s`, got, want)
	}
	return ""
}

// input is a request with its place in the document. For a path or method that is not there it is one whose answers 404 and 405 are
// the same.
func (c contract) input(r request) (input *openapi3filter.RequestValidationInput, known bool) {
	path, _, _ := strings.Cut(r.path, "?")
	params := map[string]string{}
	if id, found := strings.CutPrefix(path, "/skiers/"); found && id != "" && !strings.Contains(id, "/") {
		path, params["skierID"] = "/skiers/{skierID}", id
	}
	item := c.doc.Paths.Value(path)
	operation := c.doc.Paths.Value("/resorts").Get
	if item != nil {
		known = item.GetOperation(r.method) != nil
		operation = item.Get
	} else {
		item = c.doc.Paths.Value("/resorts")
	}
	if known {
		operation = item.GetOperation(r.method)
	}
	return &openapi3filter.RequestValidationInput{
		Request: r.build(c.t), PathParams: params, Options: options,
		Route: &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: r.method, Operation: operation},
	}, known
}

// because says in a line what kin-openapi has found.
func because(err error) string {
	var reasons []string
	collect(err, &reasons)
	slices.Sort(reasons)
	return strings.Join(slices.Compact(reasons), "; ")
}

func collect(err error, reasons *[]string) {
	var many openapi3.MultiError
	var schema *openapi3.SchemaError
	var response *openapi3filter.ResponseError
	switch {
	case err == nil:
	case errors.As(err, &many):
		for _, e := range many {
			collect(e, reasons)
		}
	case errors.As(err, &schema):
		*reasons = append(*reasons, fmt.Sprintf("/%s: %s", strings.Join(schema.JSONPointer(), "/"), firstLine(schema.Reason)))
	case errors.As(err, &response):
		reason := strings.ReplaceAll(firstLine(response.Reason), `"`, `'`)
		if strings.Contains(reason, "Content-Type") {
			reason += ", where the document has " + contentType(response.Input.Status)
		}
		*reasons = append(*reasons, reason)
	default:
		*reasons = append(*reasons, firstLine(err.Error()))
	}
}

// contentType is that of the document's answers with this status.
func contentType(status int) string {
	if status >= 400 {
		return "application/problem+json"
	}
	return "application/json"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// methodsIn are the methods of an Allow header, without those that may stand there or not.
func methodsIn(h http.Header) string {
	methods := slices.DeleteFunc(inOrder(h.Values("Allow")), func(m string) bool { return m == "" || m == "HEAD" || m == "OPTIONS" })
	return strings.Join(slices.Compact(methods), ", ")
}

// inOrder are the members of a header's list, sorted: those of a program that takes them from a map come as chance will have it.
func inOrder(values []string) []string {
	members := strings.Split(strings.Join(values, ","), ",")
	for i, m := range members {
		members[i] = strings.TrimSpace(m)
	}
	slices.Sort(members)
	return members
}
