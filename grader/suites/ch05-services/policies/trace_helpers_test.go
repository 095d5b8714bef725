package policies_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

const policyLane = "policy"

// trace is a policy, the calls that it gets, one after the other, and the picture of them.
type trace struct {
	t      *check.T
	r      *spacetime.Recorder
	title  string
	policy policies.Policy
	books  books
	list   []policies.Backend
	picks  int
	done   map[string][]request      // by backend: its requests, in the order in which they began
	after  func() (want, got string) // what else must be right about a pick; may be nil
}

// request is a request that was picked for.
type request struct {
	number int
	end    func()
}

// books is what a right policy knows. They are kept beside the trace to explain the picks in its picture.
type books interface {
	tell(list []policies.Backend) []string           // what counts for the next pick, line by line
	begin(id string, list []policies.Backend) string // a request went to id; what is written beside it
	end(id string) string                            // a request of id is over
}

func newTrace(t *check.T, title string, p policies.Policy, k books, all string) *trace {
	s := &trace{t: t, r: spacetime.NewRecorder(title, policyLane), title: title, policy: p, books: k, done: make(map[string][]request)}
	for _, b := range backends(all) {
		s.r.Lane(b.ID)
	}
	s.list = backends(all)
	return s
}

// backends reads a list: "a:5 b" are two backends; a weight that is not said is 1.
func backends(text string) (list []policies.Backend) {
	for _, word := range strings.Fields(text) {
		id, weight, said := strings.Cut(word, ":")
		b := policies.Backend{ID: id, Weight: 1}
		if said {
			b.Weight, _ = strconv.Atoi(weight)
		}
		list = append(list, b)
	}
	return list
}

// names writes a list as backends reads it, with weights if they differ from 1.
func names(list []policies.Backend) string {
	var words []string
	for _, b := range list {
		word := b.ID
		if b.Weight != 1 {
			word += ":" + strconv.Itoa(b.Weight)
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return "empty"
	}
	return strings.Join(words, " ")
}

// now changes the list.
func (s *trace) now(list string) {
	s.list = backends(list)
	s.r.Step(policyLane, spacetime.Step{Text: "list: " + names(s.list)})
}

// expect makes a pick for every ID in want, and demands that it is picked.
func (s *trace) expect(want string) {
	s.t.Helper()
	for _, id := range strings.Fields(want) {
		s.pick(id)
	}
}

// pick demands that the next request goes to want.
func (s *trace) pick(want string) {
	s.t.Helper()
	s.picks++
	tell := s.books.tell(s.list)
	id, done, err := s.policy.Pick(policies.Request{Method: "GET", Path: "/lifts"}, given(s.list))
	answer := fmt.Sprintf("pick %d: %s", s.picks, id)
	switch {
	case err != nil:
		answer = fmt.Sprintf("pick %d: an error, %v", s.picks, err)
	case done == nil:
		answer += ", and a done that is nil"
	}
	s.same(fmt.Sprintf("pick %d: %s", s.picks, want), answer, id, tell)
	if s.after != nil {
		want, got := s.after()
		s.same(fmt.Sprintf("pick %d calls %s", s.picks, want), fmt.Sprintf("pick %d calls %s", s.picks, got), id, tell)
	}
	from := s.r.Step(policyLane, spacetime.Step{Text: fmt.Sprintf("pick %d", s.picks)})
	to := s.r.Step(id, spacetime.Step{Text: fmt.Sprintf("request %d", s.picks), Value: s.books.begin(id, s.list)})
	s.r.Diagram.AddArrow(from, to)
	s.done[id] = append(s.done[id], request{s.picks, done})
}

// isEmpty makes a pick while the list is empty. What is answered is the matter of another check.
func (s *trace) isEmpty() {
	s.picks++
	s.now("")
	_, _, _ = s.policy.Pick(policies.Request{Method: "GET", Path: "/lifts"}, given(s.list))
	s.r.Step(policyLane, spacetime.Step{Text: fmt.Sprintf("pick %d: there is nobody", s.picks)})
}

// weighty are those that a policy may look at.
func weighty(list []policies.Backend) []policies.Backend {
	return slices.DeleteFunc(slices.Clone(list), func(b policies.Backend) bool { return b.Weight == 0 })
}

// given is a copy of the list, so that a policy that changes what it is given loses the points of that rule alone.
func given(list []policies.Backend) []policies.Backend {
	return append([]policies.Backend(nil), list...)
}

// finish ends the oldest request of a backend.
func (s *trace) finish(id string) {
	oldest := s.done[id][0]
	s.done[id] = s.done[id][1:]
	oldest.end()
	s.r.Step(id, spacetime.Step{Text: fmt.Sprintf("request %d is done", oldest.number), Value: s.books.end(id)})
}

// same demands that the last pick was right, and else draws the trace.
func (s *trace) same(want, got, id string, tell []string) {
	s.t.Helper()
	if want != got {
		from := s.r.Step(policyLane, spacetime.Step{Text: fmt.Sprintf("pick %d", s.picks), Highlight: true})
		if s.known(id) {
			s.r.Diagram.AddArrow(from, s.r.Step(id, spacetime.Step{Text: fmt.Sprintf("request %d", s.picks)}))
		}
		s.draw(want, got, tell)
	}
	require.Equal(s.t, want, got, fmt.Sprintf("%s; the list is %s", s.title, names(s.list)))
}

// known says whether a backend has a lane.
func (s *trace) known(id string) bool {
	for _, lane := range s.r.Diagram.Lanes[1:] {
		if lane.Name == id {
			return true
		}
	}
	return false
}

// draw shows the trace up to the pick that is wrong.
func (s *trace) draw(want, got string, tell []string) {
	d := &s.r.Diagram
	for i, line := range tell {
		d.AddFact([]string{"before", "drawn"}[i], line)
	}
	d.AddFact("expected", want)
	d.AddFact("actual", got)
	svg := d.SVG()
	d.Title = "" // the evidence has it
	check.Show(s.t, check.Evidence{Kind: "space-time diagram", Title: s.title, Text: d.Text(), SVG: svg})
}

// show attaches a short table: names and what they are.
func show(t *check.T, title string, pairs ...string) {
	t.Helper()
	var text strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&text, "%-9s  %s\n", pairs[i], pairs[i+1])
	}
	check.Show(t, check.Evidence{Kind: "call", Title: title, Text: text.String()})
}

// answered is what Pick returned, in words.
func answered(id string, err error) string {
	if err != nil {
		return fmt.Sprintf("the error %v", err)
	}
	return fmt.Sprintf("%q, and no error", id)
}
