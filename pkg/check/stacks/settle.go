package stacks

import (
	"bytes"
	"runtime"
	"time"
)

// Settle waits until no other goroutine is about to run, as far as can be seen from outside: several looks in a row that find none. It makes
// at most so many looks, 0.1 ms apart.
func Settle(looks int) {
	buf := make([]byte, 1<<20)
	for quiet := 0; quiet < 5 && looks > 0; looks-- {
		runtime.Gosched()
		if runnable(buf[:runtime.Stack(buf, true)]) <= 1 {
			quiet++
		} else {
			quiet = 0
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// runnable counts the goroutines that run or could.
func runnable(stacks []byte) int {
	n := 0
	for block := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		line, _, _ := bytes.Cut(block, []byte("\n"))
		if bytes.Contains(line, []byte("[running")) || bytes.Contains(line, []byte("[runnable")) {
			n++
		}
	}
	return n
}
