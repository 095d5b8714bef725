package skierapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/skierapi"
	"scalelab/pkg/check"
)

// world is a service with its store, and the story of what was said.
type world struct {
	t        *check.T
	store    *store
	service  http.Handler
	contract contract
	story    *story
	cut      bool // a panic that leaves the handler cuts the connection, as net/http does, and does not end the check
}

// play plays scenes, each in a world of its own.
func play(t *testing.T, title string, scenes ...func(w *world)) { stage(t, title, false, scenes) }

// draw plays scenes in which it matters who did what when: there is also a picture of the one that went wrong.
func draw(t *testing.T, title string, scenes ...func(w *world)) { stage(t, title, true, scenes) }

func stage(t *testing.T, title string, pictured bool, scenes []func(w *world)) {
	check.Bubble(t, func(t *check.T) {
		c := readContract(t)
		for _, scene := range scenes {
			s := newStore()
			w := &world{t: t, store: s, contract: c, story: &story{title: title, pictured: pictured}}
			w.service = skierapi.New(s)
			func() {
				defer check.Story(t, func() { w.story.show(t) })()
				scene(w)
			}()
		}
	})
}

// person is a profile from Chur.
func person(name string) skierapi.Profile {
	return skierapi.Profile{Username: name, Email: name + "@piste.example", City: "Chur"}
}

// knows puts skiers into the store.
func (w *world) knows(names ...string) []skierapi.Skier {
	w.t.Helper()
	var made []skierapi.Skier
	for _, name := range names {
		s, err := w.store.Memory.Create(w.t.Context(), person(name))
		require.NoError(w.t, err)
		made = append(made, s)
		w.story.happens(inStore, "in the store is now "+describe(s))
	}
	return made
}

// loses takes a skier out of the store.
func (w *world) loses(s skierapi.Skier) {
	w.t.Helper()
	require.NoError(w.t, w.store.Memory.Delete(w.t.Context(), s.ID))
	w.story.happens(inStore, "somebody deletes "+s.ID)
}

// mustHave demands that exactly these skiers are in the store.
func (w *world) mustHave(why string, want ...skierapi.Skier) {
	w.t.Helper()
	got, err := w.store.Memory.Skiers(w.t.Context(), "", 1000)
	require.NoError(w.t, err)
	w.same(describe(want...), describe(got...), why)
}

func describe(skiers ...skierapi.Skier) string {
	var texts []string
	for _, s := range skiers {
		text := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", s.ID, s.Username, s.Email, s.City))
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

// sends sends a request and returns the answer, of which nothing is known but that it is as the document says.
func (w *world) sends(r request) reply {
	w.t.Helper()
	return w.asks(r, func(reply) {})
}

// wants sends a request and demands this status.
func (w *world) wants(status int, r request, why string) reply {
	w.t.Helper()
	if status < 300 {
		require.Empty(w.t, w.contract.accepts(r), "a request that should be accepted is as the document says")
	}
	return w.asks(r, func(a reply) {
		w.t.Helper()
		w.same(statusText(status), a.String(), fmt.Sprintf("%s: %s", r, why))
	})
}

// asks sends a request and writes down the answer, which must be as demanded, and as the document says.
func (w *world) asks(r request, demand func(reply)) reply {
	w.t.Helper()
	e := w.story.asks(r)
	w.store.newRequest(e)
	return w.receives(e, r, w.answerTo(w.service, r.build(w.t)), demand)
}

func (w *world) receives(e *exchange, r request, a reply, demand func(reply)) reply {
	w.t.Helper()
	w.story.answers(e, a)
	if a.cut != "" {
		w.same("an answer", "none: a panic leaves the handler, and net/http closes the connection", "the answer to "+r.String())
	}
	demand(a)
	if wrong := w.contract.holds(r, a); wrong != "" {
		w.story.marks("not as the document says: " + wrong)
		require.Fail(w.t, wrong, "%s is answered with %s, but not as the document says", r, a)
	}
	return a
}

// answerTo calls the handler.
func (w *world) answerTo(service http.Handler, r *http.Request) (a reply) {
	recorder := httptest.NewRecorder()
	if w.cut {
		defer func() {
			if p := recover(); p != nil {
				a = reply{cut: fmt.Sprint(p)}
			}
		}()
	}
	service.ServeHTTP(recorder, r)
	return replyOf(recorder.Result())
}

// refuses sends a request and demands that it is refused before the store is asked.
func (w *world) refuses(status int, r request, why string) reply {
	w.t.Helper()
	a := w.wants(status, r, why)
	w.same("", strings.Join(w.store.calls(), ", "), fmt.Sprintf("calls of the store for a request that is refused (%s: %s)", r, why))
	return a
}

// same fails the check unless the texts are equal; the story says both.
func (w *world) same(want, got, why string) {
	w.t.Helper()
	if want != got {
		difference := fmt.Sprintf("want %s, have %s", orNothing(want), orNothing(got))
		if strings.Contains(want+got, "\n") {
			difference = fmt.Sprintf("want\n  %s\nhave\n  %s", strings.ReplaceAll(want, "\n", "\n  "), strings.ReplaceAll(got, "\n", "\n  "))
		}
		w.story.marks(why + ":\n" + difference)
		w.story.why, w.story.want, w.story.got = why, want, got
	}
	require.Equal(w.t, want, got, why)
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
