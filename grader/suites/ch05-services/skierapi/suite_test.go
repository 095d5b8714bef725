// Package skierapi_test is the hidden suite of the lab skierapi.
//
// The handler is called as net/http calls it, in virtual time: so a lock that is never given back is found at once. The store is the
// lab's own Memory, behind a wrapper that writes down what it is asked, and fails, panics or takes its time when a check wants it
// to. Skiers whom a check needs are put straight into it, so that nobody fails a check about pages for a mistake in POST.
// Every exchange is held to the lab's OpenAPI document by kin-openapi: each answer, and each request that should be accepted.
//
//	resources_test.go  POST, GET, PUT, DELETE
//	pages_test.go      GET /skiers
//	bodies_test.go     what is refused for its body
//	trouble_test.go    unknown paths and methods, a store that fails, requests that overlap
package skierapi_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
