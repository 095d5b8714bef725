// Package policies is a lab: to which of several replicas does the next request go?
//
// A load balancer stands in front of the replicas of a service. For every request it asks a policy, which picks one of the backends
// that are there at this moment. A policy sees no network and no clock: it gets a request and a list, and returns a name. That is
// why it can be tried out, reasoned about and replaced without touching the load balancer.
//
// This file is given: it is the same for everybody and you do not hand it in. You write policies.go.
package policies

import "errors"

// ErrNoBackend is what Pick returns if there is nobody to pick. Callers compare with errors.Is.
var ErrNoBackend = errors.New("policies: no backend")

// Backend is one replica, as the load balancer knows it at this moment.
type Backend struct {
	ID     string // its name: not empty, and different from the others in a list
	Weight int    // its share of the load compared with the others', up to 1 000 000; 0: it gets none
	Pool   string // the group that it belongs to, for the Rules of a router; may be empty
}

// Request is what a policy may look at. Its fields are those of net/http's Request: Method, URL.Path, Header.
type Request struct {
	Method string
	Path   string              // for policies to come; none of this lab looks at it
	Header map[string][]string // an http.Header can be assigned to it, but a name may be spelled in any case
}

// Policy decides where requests go. Any number of goroutines may call Pick at the same time.
type Policy interface {
	// Pick returns the ID of one of the backends, and done, which the caller calls when the request is over. If there is nobody to
	// pick, err is ErrNoBackend, and done must not be called.
	Pick(req Request, backends []Backend) (id string, done func(), err error)
}

// Rule is one line in the table of a router: requests that meet its conditions go to Pool, where Policy picks.
type Rule struct {
	Method string // the request's method; empty: any
	Header string // the name of a header field; empty: no matter which fields there are
	Value  string // what one of the values of Header must be, exactly; without Header it means nothing
	Pool   string
	Policy Policy
}
