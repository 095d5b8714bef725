// Package liftrides_test is the hidden suite of the lab liftrides.
//
// What concerns the broker's answers is judged on the broker that the grader provides: they are held back, lost, or cut off at the
// moment when a certain message goes out. What concerns batches and the store runs in virtual time with a broker inside the bubble:
// synctest.Wait brings everybody to rest, and only then is looked at what the store was asked, and what the queues hold.
//
//	post_test.go   what a gate is told, and when
//	store_test.go  what the store is asked, and when (virtual time)
//	run_test.go    when a message is acknowledged, and how a Run ends
package liftrides_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
