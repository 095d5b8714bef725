// Package wire_test is the hidden suite of the lab wire. The rules stand in the lab's lab.yaml.
//
//	frames_test.go    WriteFrame and ReadFrame, with writers and readers that do what the check tells them
//	payloads_test.go  the encoders and decoders, with strings of any bytes and a fixed corpus of nonsense
//	serve_test.go     requests that Serve carries out, and those that it refuses
//	end_test.go       how Serve ends
//	client_test.go    Client
//
// Serve and Client run in virtual time on a line in memory (line_helpers_test.go): whoever waits in vain is found at once. The suite
// makes frames by itself, since their format is given; of payloads it knows only what the subject's own encoders and decoders say.
package wire_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
