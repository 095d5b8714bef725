// Package loadbalancer is a lab: a reverse proxy in front of the replicas of a service, which knows which of them are well.
//
// This file and policies.go are given: they are the same for everybody and you do not hand them in. You write loadbalancer.go
// and forward.go.
package loadbalancer

import (
	"errors"
	"net/http"
	"time"
)

// HealthPath is where a probe asks a backend how it is.
const HealthPath = "/healthz"

var (
	// ErrExists is what Add returns if there is a backend with this ID already.
	ErrExists = errors.New("loadbalancer: there is a backend with this ID")
	// ErrUnknown is what Drain returns if there is no backend with this ID.
	ErrUnknown = errors.New("loadbalancer: no backend with this ID")
)

// Options are what a load balancer is made of. All of them are set.
type Options struct {
	Transport http.RoundTripper // whatever is sent to a backend, requests and probes, is sent by it
	Policy    Policy            // decides which of the healthy backends gets a request

	Interval time.Duration // from one probe of a backend to the next
	Timeout  time.Duration // how long a probe waits for its answer; less than Interval
	Rise     int           // so many probes in a row have to succeed before a backend counts as healthy again; at least 1
	Fall     int           // so many probes in a row have to fail before it counts as unhealthy; at least 1

	ResponseTimeout time.Duration // how long a request waits for the status and the header of its answer
}
