package boundedbuffer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
)

func TestCloseReleasesEveryBlockedCall(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 1, func(s *scene) {
			for _, consumer := range []string{"consumer 1", "consumer 2"} {
				s.start(consumer, func() { s.isDrained("nothing was ever stored and the buffer is closed") })
			}
			s.shut()
		})
		explore(t, 1, func(s *scene) {
			s.stores(7)
			for _, producer := range []string{"producer 1", "producer 2"} {
				s.start(producer, func() {
					require.Equal(s.x, "ErrClosed", name(s.b.Put(8)), "Put(8) into a buffer that is full until it is closed")
				})
			}
			s.shut()
			s.busy.Wait()
			require.Equal(s.x, 7, s.takes(), "the item that was stored before Close")
			s.isDrained("a Put that returned ErrClosed has stored nothing")
		})
	})
}

func TestTakeDrainsAfterClose(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 5, func(s *scene) {
			s.stores(1, 2, 3)
			s.shut()
			for item := 1; item <= 3; item++ {
				taken, err := s.b.Take()
				require.Equal(s.x, "nil", name(err), "the error of Take after Close, while items are stored")
				require.Equal(s.x, item, taken, "what Take returned after Close")
			}
			for range 2 {
				s.isDrained("everything that was stored has been taken")
			}
		})
	})
}

func TestClosedStaysClosed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 3, func(s *scene) {
			s.shut()
			s.shut()
			for range 2 {
				require.Equal(s.x, "ErrClosed", name(s.b.Put(7)), "Put(7) after Close, with room in the buffer")
			}
			s.isDrained("no Put after Close stores anything")
		})
	})
}
