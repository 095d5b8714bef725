// Package safepublish_test is the hidden suite of the lab safepublish.
//
// Every check looks at the broker past the fault proxy, counts on the wire how often the subject has published, and waits for conditions
// only. That something has not happened is read off what was sent later and has been answered, or asked after many round trips
// while the broker's answers are held back.
//
//	accept_test.go     Declare, and what makes a message accepted
//	refuse_test.go     returned and nacked messages, back-off
//	loss_test.go       connections that are cut, tags of old channels, a broker that is away
//	reconnect_test.go  how the publisher connects again
//	window_test.go     the window, and who waits for it
//	close_test.go      the end
package safepublish_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
