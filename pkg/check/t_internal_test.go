package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A goroutine that is left behind may find something wrong when nobody listens any more.
func TestWhatIsFoundAfterTheEndIsNotHeard(t *testing.T) {
	var left *T
	t.Run("check", func(t *testing.T) {
		Run(t, func(t *T) { left = t })
	})
	before := len(judged.messages)
	left.Errorf("too late")
	ended := make(chan bool)
	go func() {
		defer func() { ended <- recover() == nil }()
		require.True(left, false, "too late")
		t.Error("it went on")
	}()
	require.True(t, <-ended)
	require.Len(t, judged.messages, before)
}
