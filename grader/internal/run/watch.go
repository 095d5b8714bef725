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

// poll is how often the process's memory and time are looked at; a measured overshoot stays small. Its descendants, of which an honest check has
// none, cost more to find and are added every familyPolls-th time.
const (
	poll        = 20 * time.Millisecond
	familyPolls = 10
)

// standstill is the most of a check's time that may pass between two looks: for longer the machine has stood still, and not the check.
const standstill = 5 * poll

// watch waits for the process, ends it when it runs into a bound, and ends whatever it left behind.
func watch(ctx context.Context, cmd *exec.Cmd, limits Limits, output *bounded, family *family) stop {
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // its ProcessState tells more
	}()
	look := time.NewTicker(poll)
	defer look.Stop()

	why := notStopped
	last, left := time.Now(), limits.Time
	for polls := 1; why == notStopped; {
		select {
		case <-exited: // what it had started has another parent by now: only the marker tells
			family.end()
			return verdictOn(output)
		case <-ctx.Done():
			why = outOfTime
		case <-output.overflow:
			why = tooChatty
		case <-look.C:
			now := time.Now()
			left -= min(now.Sub(last), standstill)
			last = now
			pids := []int{cmd.Process.Pid}
			if polls++; polls%familyPolls == 0 {
				pids = append(pids, family.descendants()...)
			}
			switch {
			case mostMemory(pids) > limits.Memory:
				why = outOfSpace
			case left <= 0:
				why = outOfTime
			}
		}
	}
	select {
	case <-exited: // in the same moment, by itself: that counts
		family.end()
		return verdictOn(output)
	default:
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

// mostMemory adds up the most that each process has had in memory at any time, in bytes: a peak between two looks counts as well.
func mostMemory(pids []int) int64 {
	var kilobytes int64
	for _, p := range pids {
		status, err := os.ReadFile(procFile(p, "status"))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
		line, _, _ := strings.Cut(rest, "kB")
		n, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64) // none of a process that is ending
		kilobytes += n
	}
	return kilobytes << 10
}
