// Package exchanges_test is the hidden suite of the lab exchanges.
//
// Every check looks at the broker through a connection of its own, past the fault proxy (the broker's eyes), and waits for
// conditions only: a queue's depth, its consumers, a message in its hands. That something has not happened is read off a fence:
// a confirmed publish has been routed, so a queue that is empty then never got it; a subscription that has ended holds nothing,
// so what it did not handle is in the queue.
//
//	declare_test.go    exchanges, and what happens when a declaration is refused
//	publish_test.go    one message, one route, and the four answers: stored, returned, nacked, none
//	subscribe_test.go  who gets a copy: services, instances, keys
//	handler_test.go    when a message is acknowledged, one call at a time
//	end_test.go        how a subscription ends
package exchanges_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
