// Package cacheaside_test holds the checks of the lab cacheaside. Each function is one check; its rule stands in lab.yaml.
//
// What concerns Redis itself is judged on a real server (store_test.go, outage_test.go) by looking at the server's state. What
// concerns several calls at once is judged in virtual time: synctest.Wait brings every goroutine to a known point, where the
// estimator or one Redis operation is held still, and only then something else happens. So a verdict depends on the code alone.
package cacheaside_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
