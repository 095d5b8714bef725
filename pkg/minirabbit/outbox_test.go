package minirabbit

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// TestAFullOutboxHoldsItsFillerUp: so what waits in a proxy for a client that does not read is bounded.
func TestAFullOutboxHoldsItsFillerUp(t *testing.T) {
	for name, relieve := range map[string]func(*outbox[int]){
		"taken":  func(o *outbox[int]) { o.take() },
		"closed": func(o *outbox[int]) { o.close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOutbox[int]()
				o.put(1)
				o.awaitBelow(2)
				o.put(2)
				passed := make(chan struct{})
				go func() {
					defer close(passed)
					o.awaitBelow(2)
				}()
				synctest.Wait()
				select {
				case <-passed:
					require.Fail(t, "two are in the box already")
				default:
				}
				relieve(o)
				<-passed
			})
		})
	}
}
