//go:build unix

package policy

import (
	"fmt"
	"syscall"
	"time"
)

// addressSpace is a worker's second limit on memory, for growth that is over
// before it is noticed. Go reserves far more than it uses.
const addressSpace = 4 * workerMemory

// limitMyself has the system deny this process more than that.
func limitMyself() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: addressSpace, Max: addressSpace}); err != nil {
		return fmt.Errorf("address space: %w", err)
	}
	return nil
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
