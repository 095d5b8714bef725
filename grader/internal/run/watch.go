package run

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// memoryPoll is how often the process's resident memory is looked at; a measured overshoot stays small. Its descendants, of which an
// honest check has none, cost more to find and are added every familyPolls-th time.
const (
	memoryPoll  = 20 * time.Millisecond
	familyPolls = 10
)

// watch waits for the process, ends it when it runs into a bound, and ends whatever it left behind.
func watch(ctx context.Context, cmd *exec.Cmd, limits Limits, output *bounded, family *family) stop {
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // its ProcessState tells more
	}()
	deadline := time.NewTimer(limits.Time)
	defer deadline.Stop()
	memory := time.NewTicker(memoryPoll)
	defer memory.Stop()

	why := notStopped
	for polls := 1; why == notStopped; {
		select {
		case <-exited: // what it had started has another parent by now: only the marker tells
			family.end()
			return verdictOn(output)
		case <-ctx.Done():
			why = outOfTime
		case <-deadline.C:
			why = outOfTime
		case <-output.overflow:
			why = tooChatty
		case <-memory.C:
			pids := []int{cmd.Process.Pid}
			if polls++; polls%familyPolls == 0 {
				pids = append(pids, family.descendants()...)
			}
			if residentMemory(pids) > limits.Memory {
				why = outOfSpace
			}
		}
	}
	if why == outOfTime && ctx.Err() == nil {
		askForStacks(cmd.Process.Pid, exited)
	}
	family.end(family.descendants()...)
	<-exited
	return why
}

// verdictOn tells what stops a process that has ended by itself: whether the grader saw the flood before the end is chance.
func verdictOn(output *bounded) stop {
	if output.overflowed() {
		return tooChatty
	}
	return notStopped
}

// askForStacks lets the Go runtime print where every goroutine is, before the end.
func askForStacks(pid int, exited <-chan struct{}) {
	if syscall.Kill(pid, syscall.SIGQUIT) != nil {
		return
	}
	select {
	case <-exited:
	case <-time.After(2 * time.Second):
	}
}

// residentMemory adds up the processes, in bytes.
func residentMemory(pids []int) int64 {
	var pages int64
	for _, p := range pids {
		statm, err := os.ReadFile(procFile(p, "statm"))
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			pages += n
		}
	}
	return pages * int64(os.Getpagesize())
}
