package policies_test

import (
	"testing"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

// header is a request's header of one field.
func header(name string, values ...string) map[string][]string {
	return map[string][]string{name: values}
}

func get(header map[string][]string) policies.Request {
	return policies.Request{Method: "GET", Path: "/lifts", Header: header}
}

func post(header map[string][]string) policies.Request {
	return policies.Request{Method: "POST", Path: "/lifts", Header: header}
}

func TestRouterFindsTheRule(t *testing.T) {
	check.Run(t, func(t *check.T) {
		byMethod := []policies.Rule{{Method: "POST", Pool: "writes"}, {Method: "GET", Pool: "reads"}}
		route(t, byMethod, post(nil), 0)
		route(t, byMethod, get(nil), 1)
		route(t, byMethod, policies.Request{Method: "DELETE"}, 2)
		route(t, byMethod, policies.Request{Method: "post"}, 2)
		route(t, nil, get(nil), 0)

		byVersion := []policies.Rule{{Header: "X-Api-Version", Value: "2", Pool: "new"}}
		route(t, byVersion, get(header("X-Api-Version", "2")), 0)
		route(t, byVersion, post(header("x-api-version", "2")), 0)
		route(t, byVersion, get(header("X-API-VERSION", "2")), 0)
		route(t, byVersion, get(header("X-Api-Version", "1")), 1)
		route(t, byVersion, get(header("X-Api-Version", "20")), 1)
		route(t, byVersion, get(header("X-Api-Versions", "2")), 1)
		route(t, byVersion, get(nil), 1)
		route(t, []policies.Rule{{Header: "x-API-version", Value: "2", Pool: "new"}}, get(header("X-Api-Version", "2")), 0)

		byPass := []policies.Rule{{Header: "Pass", Value: "Gold", Pool: "gold"}}
		route(t, byPass, get(header("Pass", "Day", "Gold")), 0)
		route(t, byPass, get(header("Pass", "gold")), 1)
		route(t, byPass, get(header("Pass", "Day, Gold")), 1)
		route(t, byPass, get(header("Pass", " Gold")), 1)

		empty := []policies.Rule{{Header: "Pass", Value: "", Pool: "none"}}
		route(t, empty, get(header("Pass", "")), 0)
		route(t, empty, get(header("Pass", "Gold")), 1)
		route(t, empty, get(nil), 1)

		several := []policies.Rule{
			{Method: "POST", Header: "Pass", Value: "Gold", Pool: "gold"},
			{Method: "POST", Pool: "writes"},
			{Pool: "all"},
			{Method: "GET", Pool: "never"},
		}
		route(t, several, post(header("Pass", "Gold")), 0)
		route(t, several, post(header("Pass", "Day")), 1)
		route(t, several, get(header("Pass", "Gold")), 2)
	})
}

func TestRouterKeepsToThePool(t *testing.T) {
	check.Run(t, func(t *check.T) {
		rules := []policies.Rule{{Method: "POST", Pool: "writes"}, {Method: "GET", Pool: "reads"}}
		all := pools("r1:reads w1:writes c1 r2:reads w2:writes c2")
		c := routed(rules)
		c.mustOffer(t, post(nil), all, "w1 w2")
		c.mustOffer(t, get(nil), all, "r1 r2")
		c.mustOffer(t, get(header("x-pass", "Day", "Gold")), all, "r1 r2")
		c.mustOffer(t, get(nil), pools("r2:reads w1:writes r1:reads"), "r2 r1")
		routed([]policies.Rule{{Method: "POST"}}).mustOffer(t, post(nil), all, "c1 c2")
		// Whether this rule holds is a matter of another check: here it is the same backends either way.
		routed([]policies.Rule{{Header: "X-Pass", Value: "Gold"}}).mustOffer(t, get(header("x-pass", "Day", "Gold")), all, "c1 c2")
		c = routed(rules[:1])
		c.mustOffer(t, get(nil), all, "c1 c2")
		c.mustHandOn(t, get(nil), all)
		c.mustHandOn(t, post(nil), all)

		routed(rules).mustRefuse(t, post(nil), pools("r1:reads c1"), "POST goes to the pool writes, where nobody is")
		routed(rules[:1]).mustRefuse(t, get(nil), pools("w1:writes"), "no rule holds, and all backends have a pool")
	})
}
