package wording

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// catcher is a test that only listens.
type catcher struct{ message string }

func (c *catcher) Errorf(format string, args ...any) { c.message = fmt.Sprintf(format, args...) }

func TestCleanKeepsTheWordsAndDropsTheRest(t *testing.T) {
	var c catcher
	for _, step := range []struct {
		fail func()
		want string
	}{
		{func() { assert.Equal(&c, 1, 2) }, "Not equal:\nexpected: 1\nactual  : 2"},
		{func() { assert.Equal(&c, 1, 2, "Len after %d Puts", 1) }, "Len after 1 Puts\nNot equal:\nexpected: 1\nactual  : 2"},
		{func() { assert.True(&c, false, "two\nlines") }, "two\nlines"},
		{func() { assert.ErrorIs(&c, errors.New("a"), errors.New("b"), "Put after Close") },
			"Put after Close\nTarget error should be in err chain:\nexpected: \"b\"\nin chain: \"a\""},
	} {
		step.fail()
		require.Equal(t, step.want, Clean(c.message))
	}
	require.Equal(t, "read tcp 127.0.0.1:…->127.0.0.1:…: no queue 'amq.gen-…' in vhost '…' for ctag-…",
		Clean("read tcp 127.0.0.1:4567->127.0.0.1:5672: no queue 'amq.gen-xY_1' in vhost 'scalelab.1-2' for ctag-/tmp/x-1"))
	require.Equal(t, "plain 0x… in goroutine", Clean("plain 0xc000123456 in goroutine 17\n"))
}
