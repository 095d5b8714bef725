package skierapi_test

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/skierapi"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch05-services/skierapi
//
// The graded checks also hold every exchange to the document in openapi.go, send what no client should send, and let the store fail.

const ada = `{"username":"ada","email":"ada@piste.example","city":"Chur"}`

func TestASkierFromPostToDelete(t *testing.T) {
	service := skierapi.New(skierapi.NewMemory())
	created := send(t, service, "POST", "/skiers", ada)
	require.Equal(t, http.StatusCreated, created.Code, "POST answers 201")
	require.Equal(t, "application/json", mediaType(created))
	var skier skierapi.Skier
	require.NoError(t, json.Unmarshal(created.Body.Bytes(), &skier))
	require.NotEmpty(t, skier.ID, "the store gives the skier an ID")
	require.Equal(t, skierapi.Profile{Username: "ada", Email: "ada@piste.example", City: "Chur"}, skier.Profile)
	path := "/skiers/" + skier.ID
	require.True(t, strings.HasSuffix(created.Header().Get("Location"), path), "Location says where the skier is")

	require.JSONEq(t, created.Body.String(), send(t, service, "GET", path, "").Body.String(), "GET answers with the same skier")
	moved := send(t, service, "PUT", path, `{"username":"ada","email":"ada@davos.example"}`)
	require.Equal(t, http.StatusOK, moved.Code)
	require.NotContains(t, moved.Body.String(), "Chur", "PUT replaces the whole: what is not sent is gone")
	require.Equal(t, http.StatusNoContent, send(t, service, "DELETE", path, "").Code)
	isProblem(t, http.StatusNotFound, send(t, service, "GET", path, ""))
}

func TestPageAfterPage(t *testing.T) {
	service := skierapi.New(skierapi.NewMemory())
	require.JSONEq(t, `{"skiers":[]}`, send(t, service, "GET", "/skiers", "").Body.String(), "nobody is there")
	for _, name := range []string{"ada", "ben", "cleo", "dora", "emil"} {
		send(t, service, "POST", "/skiers", strings.ReplaceAll(ada, "ada", name))
	}
	var sizes []int
	last, next := "", ""
	for page := 0; page == 0 || next != ""; page++ {
		require.Less(t, page, 4, "five skiers are three pages of two")
		path := "/skiers?limit=2"
		if next != "" {
			path += "&cursor=" + url.QueryEscape(next)
		}
		answer := send(t, service, "GET", path, "")
		require.Equal(t, http.StatusOK, answer.Code)
		var p skierapi.Page
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
		for _, s := range p.Skiers {
			require.Greater(t, s.ID, last, "in ascending order of IDs")
			last = s.ID
		}
		sizes, next = append(sizes, len(p.Skiers)), p.Next
	}
	require.Equal(t, []int{2, 2, 1}, sizes, "the sizes of the pages")
}

func TestWhatIsRefusedIsAProblem(t *testing.T) {
	service := skierapi.New(skierapi.NewMemory())
	isProblem(t, http.StatusNotFound, send(t, service, "GET", "/lifts", ""))
	isProblem(t, http.StatusNotFound, send(t, service, "GET", "/resorts", ""))
	isProblem(t, http.StatusBadRequest, send(t, service, "GET", "/skiers?limit=1000", ""))
	isProblem(t, http.StatusBadRequest, send(t, service, "POST", "/skiers", `{"username":"ada"`))
	isProblem(t, http.StatusUnprocessableEntity, send(t, service, "POST", "/skiers", `{"username":"ada"}`))
	isProblem(t, http.StatusRequestEntityTooLarge, send(t, service, "POST", "/skiers", ada+strings.Repeat(" ", skierapi.MaxBody)))
	answer := send(t, service, "DELETE", "/skiers", "")
	isProblem(t, http.StatusMethodNotAllowed, answer)
	require.Contains(t, answer.Header().Get("Allow"), "POST", "Allow names the methods that there are")

	require.Equal(t, http.StatusCreated, send(t, service, "POST", "/skiers", ada).Code)
	isProblem(t, http.StatusConflict, send(t, service, "POST", "/skiers", ada))
}

func TestResorts(t *testing.T) {
	service := skierapi.New(skierapi.NewMemory(skierapi.Resort{ID: "laax", Name: "Laax"}, skierapi.Resort{ID: "arosa", Name: "Arosa"}))
	require.JSONEq(t, `{"resorts":[{"id":"laax","name":"Laax"},{"id":"arosa","name":"Arosa"}]}`,
		send(t, service, "GET", "/resorts", "").Body.String())
}

// send makes a request as net/http would hand it to the service.
func send(t *testing.T, service http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer := httptest.NewRecorder()
	service.ServeHTTP(answer, r)
	return answer
}

// mediaType is the content type of an answer, without parameters.
func mediaType(answer *httptest.ResponseRecorder) string {
	kind, _, _ := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	return kind
}

// isProblem demands a problem document with that status.
func isProblem(t *testing.T, status int, answer *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, status, answer.Code, "the status of the answer, which is %s", answer.Body)
	require.Equal(t, "application/problem+json", mediaType(answer), "the content type of the problem")
	var p skierapi.Problem
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
	require.Equal(t, status, p.Status, "the problem says the status, too")
	require.NotEmpty(t, p.Title, "a problem has a title")
}
