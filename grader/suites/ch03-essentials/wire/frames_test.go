package wire_test

import (
	"errors"
	"fmt"
	"io"
	"runtime/metrics"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

func TestWriteFrameWritesAllOrFails(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, n := range []int{3, 0, 1, 300, 70_000} {
			var w sink
			err := wire.WriteFrame(&w, letters(n))
			require.Equal(t, "nil", told(err), "the error of WriteFrame with a payload of %d bytes and a writer that takes everything", n)
			require.Equal(t, shown(frame(letters(n))), shown(w.got), "what WriteFrame wrote for a payload of %d bytes", n)
			require.True(t, string(frame(letters(n))) == string(w.got), "WriteFrame must write the %d bytes of the payload as they are", n)
		}
		// A writer that takes at least four bytes, so that whoever writes the length by itself need not mind; binary.Write does not.
		for _, chunk := range []int{4, 5, 8, 10} {
			mustNotIgnore(t, &sink{chunk: chunk})
		}
		for at := range len(frame(letters(7))) {
			w := &sink{breaks: errLine, breakAt: at}
			err := wire.WriteFrame(w, letters(7))
			require.True(t, errors.Is(err, errLine),
				"a writer takes %d of the 11 bytes of a frame and returns an error; WriteFrame must return it, but returned %s", at, told(err))
		}
	})
}

// mustNotIgnore demands that a frame is written by a writer that takes it by pieces, or that there is an error.
func mustNotIgnore(t *check.T, w *sink) {
	t.Helper()
	want := frame(letters(7))
	err := wire.WriteFrame(w, letters(7))
	how := fmt.Sprintf("a writer takes at most %d of the 11 bytes of a frame in each Write, and returns no error", w.chunk)
	if err == nil {
		require.Equal(t, shown(want), shown(w.got), "%s; WriteFrame returned nil, so this must have been written", how)
		return
	}
	require.True(t, errors.Is(err, io.ErrShortWrite), "%s; WriteFrame must write the rest or return io.ErrShortWrite, but returned %s", how, told(err))
}

// arrivals are the ways in which the same bytes may come.
func arrivals(t *check.T, data []byte, end error) []*source {
	all := []*source{
		{},
		{chunk: 1},
		{chunk: 3},
		{chunk: 2, stutters: true},
		{early: true},
		{chunk: 1, early: true},
	}
	for _, s := range all {
		s.t, s.data, s.end = t, data, end
	}
	return all
}

// how says in which way the bytes come.
func (s *source) how() string {
	text := "as many bytes in each Read as there is room for"
	if s.chunk > 0 {
		text = fmt.Sprintf("at most %d %s in each Read", s.chunk, plural(s.chunk, "byte"))
	}
	if s.stutters {
		text += ", every other one empty"
	}
	if s.early {
		text += ", the last one together with " + told(s.end)
	}
	return text
}

func TestReadFrameTakesExactlyOneFrame(t *testing.T) {
	check.Run(t, func(t *check.T) {
		sizes := []int{7, 0, 1, 300, 4, 70_000, 2}
		var stream []byte
		for _, n := range sizes {
			stream = append(stream, frame(letters(n))...)
		}
		for _, r := range arrivals(t, stream, io.EOF) {
			r.mustHold(sizes)
		}
	})
}

// mustHold demands that the stream gives frames of these sizes, one after the other, and that each ReadFrame takes its own bytes only.
func (s *source) mustHold(sizes []int) {
	s.t.Helper()
	end := 0
	for i, n := range sizes {
		payload, err := wire.ReadFrame(s, 100_000)
		which := fmt.Sprintf("ReadFrame of frame %d, with %d bytes of payload, when there are %s", i+1, n, s.how())
		end += len(frame(letters(n)))
		switch {
		case err != nil:
			s.fail("%s: it must return the payload, but returned %s", which, told(err))
		case string(payload) != string(letters(n)):
			s.fail("%s: the payload must be\n%s; it is\n%s", which, shown(letters(n)), shown(payload))
		case s.taken > end:
			s.fail("%s: it has taken %d bytes that lie behind its frame, where the next ReadFrame will not find them", which, s.taken-end)
		}
	}
}

func TestTooLargeIsRefusedAtOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const mebi = 1 << 20
		for _, n := range []int{1, 10, mebi} {
			r := &source{t: t, data: frame(letters(n)), end: io.EOF}
			payload, err := wire.ReadFrame(r, n)
			if err != nil || len(payload) != n {
				r.fail("a payload of exactly max = %d bytes must be read; ReadFrame returned %d bytes and %s", n, len(payload), told(err))
			}
		}
		for _, c := range []struct {
			length uint32
			max    int
		}{
			{2, 1}, {11, 10}, {65_536, 65_535}, {mebi + 1, mebi}, {64 * mebi, mebi}, {1 << 31, mebi}, {1<<31 + 5, mebi}, {3 << 30, mebi}, {1<<32 - 1, mebi},
		} {
			mustRefuse(t, c.length, c.max)
		}
	})
}

// mustRefuse demands ErrTooLarge for a frame of which only the header has come yet.
func mustRefuse(t *check.T, length uint32, max int) {
	t.Helper()
	const tolerable = 4 << 20 // bytes: somebody may make room for max beforehand
	r := &source{t: t, data: header(length), end: io.EOF}
	var err error
	took := allocated(func() { _, err = wire.ReadFrame(r, max) })
	switch {
	case !errors.Is(err, wire.ErrTooLarge):
		r.fail("%d bytes are announced and max is %d; ReadFrame must return ErrTooLarge, but returned %s", length, max, told(err))
	case took > tolerable:
		r.fail("%d bytes are announced and max is %d; ReadFrame returned ErrTooLarge, but has made room for the payload before", length, max)
	case r.ended > 0:
		r.fail("%d bytes are announced and max is %d; ReadFrame returned ErrTooLarge, but only after it has tried to read the payload", length, max)
	}
}

// allocated is about how many bytes of memory f takes, given back or not: what it takes in small pieces may be counted a little later.
// Unlike runtime.ReadMemStats it does not stop the world, of which a check has thousands.
func allocated(f func()) uint64 {
	taken := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(taken)
	before := taken[0].Value.Uint64()
	f()
	metrics.Read(taken)
	return taken[0].Value.Uint64() - before
}

func TestTheEndOfTheStreamIsToldExactly(t *testing.T) {
	check.Run(t, func(t *check.T) {
		frames := [][]byte{frame(letters(3)), frame(nil), frame(letters(5))}
		var stream []byte
		for _, f := range frames {
			stream = append(stream, f...)
		}
		for at := range len(stream) + 1 {
			for _, end := range []error{io.EOF, errLine} {
				for _, r := range arrivals(t, stream[:at], end) {
					r.mustEnd(frames)
				}
			}
		}
	})
}

// readOnce calls ReadFrame, which must not read on after an error. An error that comes with the last bytes of the length may wait for
// the next Read, as with io.ReadFull; so only errors that come alone count.
func (s *source) readOnce() error {
	s.t.Helper()
	before := s.alone
	_, err := wire.ReadFrame(s, 1000)
	if again := s.alone - before - 1; again > 0 {
		s.fail("the reader has returned an error, %s; ReadFrame must not go on reading after that, but has read %d more %s", s.how(), again, plural(again, "time"))
	}
	return err
}

// mustEnd reads the frames that are whole and demands the right error for what is left.
func (s *source) mustEnd(frames [][]byte) {
	s.t.Helper()
	left := len(s.data)
	for i := 0; i < len(frames) && left >= len(frames[i]); i++ {
		left -= len(frames[i])
		err := s.readOnce()
		if left == 0 && s.early && errors.Is(err, errLine) {
			return // the error came with the last byte of the frame: either may be returned
		}
		if err != nil {
			s.fail("frame %d is there completely, %s; ReadFrame must return its payload, but returned %s", i+1, s.how(), told(err))
		}
	}
	err := s.readOnce()
	switch {
	case s.end == errLine:
		if !errors.Is(err, errLine) || errors.Is(err, io.EOF) {
			s.fail("the reader fails after %d %s of a frame; ReadFrame must return its error, but returned %s", left, plural(left, "byte"), told(err))
		}
	case left == 0:
		if !errors.Is(err, io.EOF) {
			s.fail("the stream ends between two frames; ReadFrame must return io.EOF, but returned %s", told(err))
		}
	case !errors.Is(err, io.ErrUnexpectedEOF):
		s.fail("the stream ends after %d %s of a frame; ReadFrame must return io.ErrUnexpectedEOF, but returned %s",
			left, plural(left, "byte"), told(err))
	}
}
