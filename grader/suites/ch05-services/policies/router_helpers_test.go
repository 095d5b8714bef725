package policies_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

// clerk is a policy of the suite's own: it picks the first backend and writes down what it was asked.
type clerk struct {
	asked   int // how often it was asked with somebody to pick
	request policies.Request
	offered []policies.Backend
	done    int // calls of done
}

func (c *clerk) Pick(req policies.Request, list []policies.Backend) (string, func(), error) {
	if len(list) == 0 {
		return "", func() {}, fmt.Errorf("clerk: %w", policies.ErrNoBackend)
	}
	c.asked++
	c.request, c.offered = req, given(list)
	return list[0].ID, func() { c.done++ }, nil
}

// office is a router with a clerk for each rule, and one for the rest.
type office struct {
	rules  []policies.Rule
	clerks []*clerk
	router policies.Policy
}

func routed(rules []policies.Rule) *office {
	o := &office{}
	for _, r := range rules {
		c := &clerk{}
		r.Policy = c
		o.rules, o.clerks = append(o.rules, r), append(o.clerks, c)
	}
	o.clerks = append(o.clerks, &clerk{})
	o.router = policies.NewRouter(o.rules, o.clerks[len(rules)])
	return o
}

// pools reads a list: "r1:reads c1" are a backend of the pool reads, and one without a pool.
func pools(text string) (list []policies.Backend) {
	for _, word := range strings.Fields(text) {
		id, pool, _ := strings.Cut(word, ":")
		list = append(list, policies.Backend{ID: id, Weight: 1, Pool: pool})
	}
	return list
}

// route demands that rule number want, counted from 0, decides; the one after the last is otherwise.
func route(t *check.T, rules []policies.Rule, req policies.Request, want int) {
	t.Helper()
	o := routed(rules)
	all := []policies.Backend{{ID: "common", Weight: 1}}
	for _, r := range rules {
		all = append(all, policies.Backend{ID: "for " + r.Pool, Weight: 1, Pool: r.Pool})
	}
	_, _, err := o.router.Pick(req, all)
	got := o.whoWasAsked()
	if got != o.who(want) || err != nil {
		o.draw(t, req, want, got)
	}
	require.NoError(t, err, "a router; every pool has somebody to pick")
	require.Equal(t, o.who(want), got, "a request %s", described(req))
}

func (o *office) who(n int) string {
	if n == len(o.rules) {
		return "otherwise picks"
	}
	return fmt.Sprintf("the policy of rule %d picks", n+1)
}

func (o *office) whoWasAsked() string {
	var all []string
	for n, c := range o.clerks {
		if c.asked > 0 {
			all = append(all, o.who(n))
		}
	}
	if len(all) == 0 {
		return "nobody picks"
	}
	return strings.Join(all, ", and ")
}

// described is a request in words. No header of this suite has more than one field.
func described(req policies.Request) string {
	text := req.Method
	for name, values := range req.Header {
		text += fmt.Sprintf(" with %s: %s", name, quoted(values))
	}
	return text
}

// asWritten is the whole request, with the names of its header in order.
func asWritten(req policies.Request) string {
	text := req.Method + " " + req.Path
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		text += fmt.Sprintf(" with %s: %s", name, quoted(req.Header[name]))
	}
	return text
}

func quoted(values []string) string {
	var all []string
	for _, v := range values {
		all = append(all, fmt.Sprintf("%q", v))
	}
	return strings.Join(all, " and ")
}

// draw shows the table of rules, and which one decides.
func (o *office) draw(t *check.T, req policies.Request, want int, got string) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "request    %s\n\n", described(req))
	for n, r := range o.rules {
		fmt.Fprintf(&text, "%s rule %d     method %-6s  header %-22s → pool %s\n", mark(n == want), n+1, anything(r.Method), field(r), r.Pool)
	}
	fmt.Fprintf(&text, "%s %-51s → backends without a pool\n\n", mark(want == len(o.rules)), "otherwise")
	fmt.Fprintf(&text, "expected   %s\nactual     %s\n", o.who(want), got)
	check.Show(t, check.Evidence{Kind: "rules", Title: "Which rule decides (◆)", Text: text.String()})
}

func mark(here bool) string {
	if here {
		return "◆"
	}
	return " "
}

func anything(method string) string {
	if method == "" {
		return "any"
	}
	return method
}

func field(r policies.Rule) string {
	if r.Header == "" {
		return "any"
	}
	return fmt.Sprintf("%s: %q", r.Header, r.Value)
}

// mustOffer demands that whoever picks is offered these backends, in this order, and gets the request as it is.
func (o *office) mustOffer(t *check.T, req policies.Request, list []policies.Backend, want string) {
	t.Helper()
	for _, c := range o.clerks {
		*c = clerk{}
	}
	before := asWritten(req)
	_, _, err := o.router.Pick(req, given(list))
	require.NoError(t, err, "a router; the pool of the rule has somebody to pick")
	require.Equal(t, before, asWritten(req), "a router does not change the request")
	offered := ""
	for _, c := range o.clerks {
		if c.asked > 0 {
			offered = names(c.offered)
			if want, got := asWritten(req), asWritten(c.request); want != got {
				show(t, "The request that the router hands on", "rules", o.table(), "expected", want, "actual", got)
			}
			require.Equal(t, asWritten(req), asWritten(c.request), "the policy behind the router gets the request as it is")
		}
	}
	if want != offered {
		show(t, "The backends that the router offers to the policy behind it", "request", described(req), "rules", o.table(), "list", inPools(list),
			"expected", want, "actual", offered)
	}
	require.Equal(t, want, offered, "a request %s: the backends that the policy behind the router is offered", described(req))
}

// mustHandOn demands that the caller gets the policy's done, and no other.
func (o *office) mustHandOn(t *check.T, req policies.Request, list []policies.Backend) {
	t.Helper()
	for _, c := range o.clerks {
		*c = clerk{}
	}
	_, done, err := o.router.Pick(req, given(list))
	require.NoError(t, err, "a router; the pool of the rule has somebody to pick")
	require.NotNil(t, done, "done is never nil without an error")
	calls := func() (all int) {
		for _, c := range o.clerks {
			all += c.done
		}
		return all
	}
	before := calls()
	done()
	if before != 0 || calls() != 1 {
		show(t, "The router's caller and the policy behind the router", "caller", "calls Pick of the router", "policy",
			fmt.Sprintf("picks; its done is called %d times", before), "caller", "calls the done that it got from the router",
			"policy", fmt.Sprintf("its done has now been called %d times; expected: once", calls()))
	}
	require.Equal(t, 0, before, "calls of the policy's done before the router's caller has called done")
	require.Equal(t, 1, calls(), "calls of the policy's done after the router's caller has called done")
}

// mustRefuse demands ErrNoBackend, since the pool is empty.
func (o *office) mustRefuse(t *check.T, req policies.Request, list []policies.Backend, why string) {
	t.Helper()
	id, _, err := o.router.Pick(req, given(list))
	if !errors.Is(err, policies.ErrNoBackend) {
		show(t, "A request for a pool where nobody is", "request", described(req), "rules", o.table(), "list", inPools(list),
			"expected", "ErrNoBackend", "actual", answered(id, err))
	}
	require.True(t, errors.Is(err, policies.ErrNoBackend), "%s, so errors.Is(err, ErrNoBackend) must hold; the id is %q, the error %v", why, id, err)
}

// table is all rules in one line; those of this check have one condition.
func (o *office) table() string {
	var all []string
	for _, r := range o.rules {
		condition, pool := anything(r.Method), "pool "+r.Pool
		if r.Header != "" {
			condition = field(r)
		}
		if r.Pool == "" {
			pool = "without a pool"
		}
		all = append(all, condition+" → "+pool)
	}
	return strings.Join(append(all, "otherwise → without a pool"), "; ")
}

// inPools writes a list as pools reads it.
func inPools(list []policies.Backend) string {
	var all []string
	for _, b := range list {
		word := b.ID
		if b.Pool != "" {
			word += ":" + b.Pool
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}
