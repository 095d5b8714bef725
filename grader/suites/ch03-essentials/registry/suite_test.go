// Package registry_test holds the checks of the lab registry. Each function is one check; its rule stands in lab.yaml.
//
// Registry and resolver are judged apart. A registry is a book with a clock: book_helpers_test.go writes into it and reads from it, one
// step after the other, in virtual time. A resolver gets a directory that the check has made, and services on a network in memory;
// the trail of a call, whom it asked and where it connected in which order, says whether it did what the rules allow.
package registry_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
