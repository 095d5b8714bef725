package sched_test

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/petermattis/goid"
	"github.com/stretchr/testify/require"
)

// Go does not tell a goroutine its number. The library reads it where this toolchain keeps it; another one may keep it elsewhere.
func TestNumbersOfGoroutinesAreGosOwn(t *testing.T) {
	own := func() string {
		var buf [64]byte
		_, line, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
		digits, _, _ := bytes.Cut(line, []byte(" "))
		return string(digits)
	}
	said, is := make([]string, 100), make([]string, 100)
	var wg sync.WaitGroup
	for i := range said {
		wg.Go(func() { said[i], is[i] = strconv.FormatInt(goid.Get(), 10), own() })
	}
	wg.Wait()
	require.Equal(t, is, said)
}

func BenchmarkNumberOfAGoroutine(b *testing.B) {
	for b.Loop() {
		goid.Get()
	}
}
