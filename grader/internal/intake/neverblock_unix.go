//go:build unix

package intake

import "syscall"

// neverBlock opens a file without waiting for the other side of a pipe.
const neverBlock = syscall.O_NONBLOCK
