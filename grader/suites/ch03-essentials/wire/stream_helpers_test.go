package wire_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"scalelab/labs/ch03-essentials/wire"
	"scalelab/pkg/check"
)

// errLine is what the suite's readers, writers and connections fail with.
var errLine = errors.New("the line is dead")

// frame is what stands on the wire for a payload: README, The contract, 1.
func frame(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

// header announces a payload of so many bytes.
func header(length uint32) []byte { return binary.BigEndian.AppendUint32(nil, length) }

// letters is a payload of n bytes, none of which is zero.
func letters(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte('a' + i%26)
	}
	return p
}

// patience is how often a reader that is at its end may be asked again.
const patience = 100

// source is a reader that hands out its bytes in the chunks that the check has chosen, and remembers who asked for what.
type source struct {
	t        *check.T
	data     []byte
	chunk    int   // at most so many bytes in one Read; 0: as many as there is room for
	stutters bool  // every other Read returns no bytes and no error, as a Reader may
	end      error // what comes after the bytes
	early    bool  // end comes together with the last bytes
	taken    int
	asked    int
	latest   []read
	ended    int // Reads that have returned end
	alone    int // those of them that have returned no bytes with it
}

// read is one Read of a source: what it had room for, and what it was given.
type read struct {
	room int
	gave []byte
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.next(p)
	copy(p, s.data[s.taken:s.taken+n])
	s.note(read{room: len(p), gave: s.data[s.taken : s.taken+n], err: err})
	s.taken += n
	if err != nil {
		s.ended++
	}
	if err != nil && n == 0 {
		s.alone++
	}
	if s.ended > patience {
		check.Cause(s.t, check.Livelock)
		s.fail("the reader has returned an error, and is read again and again")
	}
	return n, err
}

func (s *source) next(p []byte) (int, error) {
	left := len(s.data) - s.taken
	switch {
	case left == 0:
		return 0, s.end
	case s.stutters && s.asked%2 == 0:
		return 0, nil
	}
	n := min(left, len(p))
	if s.chunk > 0 {
		n = min(n, s.chunk)
	}
	if s.early && n == left {
		return n, s.end
	}
	return n, nil
}

// note keeps the latest Reads, to be shown.
func (s *source) note(r read) {
	const enough = 12
	s.asked++
	if len(s.latest) == enough {
		s.latest = slices.Delete(s.latest, 0, 1)
	}
	s.latest = append(s.latest, r)
}

// fail ends the check and shows what was read.
func (s *source) fail(format string, args ...any) {
	s.t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "on the stream   %s\n", shown(s.data))
	for i, r := range s.latest {
		fmt.Fprintf(&text, "%3d  Read of up to %d: %s\n", s.asked-len(s.latest)+i+1, r.room, gave(r.gave, r.err))
	}
	check.Show(s.t, check.Evidence{Kind: "reads", Title: "What was read from the stream", Text: text.String()})
	s.t.Fatalf(format, args...)
}

func gave(p []byte, err error) string {
	const most = 8
	switch {
	case len(p) == 0 && err == nil:
		return "nothing, and no error"
	case len(p) == 0:
		return told(err)
	case err == nil:
		return start(p, most)
	}
	return start(p, most) + ", and " + told(err)
}

// told names an error as a student would write it.
func told(err error) string {
	if name, known := known(err); known {
		return name
	}
	return fmt.Sprintf("an error (%v)", err)
}

// known names an error that the contract knows.
func known(err error) (name string, known bool) {
	switch {
	case err == nil:
		return "nil", true
	case errors.Is(err, wire.ErrTooLarge):
		return "ErrTooLarge", true
	case errors.Is(err, wire.ErrMalformed):
		return "ErrMalformed", true
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "io.ErrUnexpectedEOF", true
	case errors.Is(err, io.EOF):
		return "io.EOF", true
	}
	return "", false
}

// shown is bytes for people: in hexadecimal, the beginning only if there are many.
func shown(p []byte) string {
	const most = 16
	return start(p, most)
}

func start(p []byte, most int) string {
	switch {
	case len(p) == 0:
		return "no bytes"
	case len(p) > most:
		return fmt.Sprintf("% x … (%d bytes)", p[:most], len(p))
	}
	return fmt.Sprintf("% x (%d %s)", p, len(p), plural(len(p), "byte"))
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// sink is a writer that takes only so much.
type sink struct {
	got     []byte
	chunk   int   // at most so many bytes in one Write, without an error, which no Writer may do; 0: all
	breaks  error // if not nil, what Write returns
	breakAt int   // once so many bytes have been taken; afterwards it takes everything
}

func (s *sink) Write(p []byte) (int, error) {
	n := len(p)
	if s.chunk > 0 {
		n = min(n, s.chunk)
	}
	if s.breaks != nil && len(s.got)+n > s.breakAt {
		n = s.breakAt - len(s.got)
		s.got = append(s.got, p[:n]...)
		err := s.breaks
		s.breaks = nil
		return n, err
	}
	s.got = append(s.got, p[:n]...)
	return n, nil
}
