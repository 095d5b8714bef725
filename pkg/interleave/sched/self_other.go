//go:build !amd64 && !arm64

package sched

import (
	"bytes"
	"runtime"
	"strconv"
)

// self tells running goroutines apart by their number, from the first line of the stack. It is slow.
func self() uintptr {
	var buf [64]byte
	line := buf[:runtime.Stack(buf[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	id, _ := strconv.ParseUint(string(line[:max(bytes.IndexByte(line, ' '), 0)]), 10, 64)
	return uintptr(id)
}
