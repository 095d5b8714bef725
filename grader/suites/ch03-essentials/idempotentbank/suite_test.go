// Package idempotentbank_test holds the checks of the lab idempotentbank. Each function is one check; its rule stands in lab.yaml.
//
// Every command of a bank passes a tap (tap_helpers_test.go). There a check stops a call at its first command, at its second, and so
// on to the last; and there something happens: the process dies, the answer is lost, another process is faster, the scripts are gone. So
// no check waits for luck, and none knows which commands a bank uses.
//
// What concerns Redis itself is judged on a real server. Where time or a connection matters, it is a small Redis in a
// testing/synctest bubble: synctest.Wait tells when a command whose answer is lost has been carried out.
package idempotentbank_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
