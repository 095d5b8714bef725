package run

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// family is a check's process and all that it starts, also what leaves its process group and outlives its parent: the environment
// of each carries the marker.
type family struct {
	pid    int
	marker string
	before int // what forks said before the process was started
}

// start starts the command, in whose environment the marker stands.
func start(cmd *exec.Cmd, marker string) (*family, error) {
	before := forks()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &family{pid: cmd.Process.Pid, marker: marker, before: before}, nil
}

// end kills the process group, the given processes, and every one that carries the marker. It returns when they are gone, or after two
// seconds if the kernel holds one back.
func (f *family) end(strays ...int) {
	_ = syscall.Kill(-f.pid, syscall.SIGKILL)
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		marked, unknown := f.strays()
		if strays = append(strays, marked...); len(strays) == 0 && !unknown {
			return
		}
		for _, stray := range strays {
			_ = syscall.Kill(stray, syscall.SIGKILL)
		}
		strays = nil
		time.Sleep(time.Millisecond)
	}
}

// strays finds the processes that carry the marker, and tells whether there are some of which that cannot be known yet.
func (f *family) strays() (marked []int, unknown bool) {
	for _, pid := range f.candidates() {
		switch f.carries(pid) {
		case yes:
			marked = append(marked, pid)
		case notYet:
			unknown = true
		}
	}
	return marked, unknown
}

// carries tells whether a process's environment has the marker. Within execve, and Go's Start returns before its end, a process shows
// neither an environment nor arguments although it has memory; kernel threads and the dead have none.
func (f *family) carries(pid int) answer {
	read := func(name string) string {
		text, _ := os.ReadFile(procFile(pid, name)) // of who is gone there is nothing to read
		return string(text)
	}
	environ := read("environ")
	if environ == "" {
		arguments, memory := read("cmdline"), read("statm")
		if environ = read("environ"); environ == "" && arguments == "" && memory != "" && !strings.HasPrefix(memory, "0 ") {
			return notYet
		}
	}
	if hasMarker(environ, f.marker) {
		return yes
	}
	return no
}

// answer is what can be said of a process.
type answer int

const (
	no answer = iota
	yes
	notYet
)

// descendants lists children, their children and so on, as far as the parents of each still are there.
//
// Linux lists them itself, in /proc/<pid>/task/*/children. But whoever has looked there makes the process costly to bury: some
// milliseconds of system time, at times a hundred, whenever a check had lasted for long enough to be looked at.
func (f *family) descendants() []int {
	parents := map[int]int{}
	for _, pid := range f.candidates() {
		stat, _ := os.ReadFile(procFile(pid, "stat"))
		parents[pid] = parentIn(stat)
	}
	all := []int{f.pid}
	for i := 0; i < len(all); i++ {
		for pid, parent := range parents {
			if parent == all[i] {
				all = append(all, pid)
			}
		}
	}
	return all[1:]
}

// candidates are the processes that can be younger than the check's own. To look at every process costs 6 ms on a small machine, after
// every check.
func (f *family) candidates() []int {
	entries, _ := os.ReadDir("/proc") // what was read before an error is as good
	young := younger(f.pid, lastPid(), forks()-f.before, readNumber("/proc/sys/kernel/pid_max"))
	var pids []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid != f.pid && young(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func procFile(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// parentIn reads the parent's number from a process's stat: "pid (name) state parent …", where a name can be anything; 0 if there is none.
func parentIn(stat []byte) int {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// younger tells which numbers can be of processes that were started after the first, with which the family began. Linux gives numbers
// out in a circle: as long as that has not gone round since, they are those behind first, up to the last that was given.
func younger(first, last, started, circle int) func(pid int) bool {
	switch {
	case last == 0 || circle == 0 || started >= circle/2: // it may have gone round, or nobody knows
		return func(int) bool { return true }
	case last >= first:
		return func(pid int) bool { return pid > first && pid <= last }
	default:
		return func(pid int) bool { return pid > first || pid <= last }
	}
}

// lastPid is the number that was given to the youngest process or thread; 0 if it cannot be had.
func lastPid() int {
	text, _ := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if len(fields) == 0 {
		return 0
	}
	last, _ := strconv.Atoi(fields[len(fields)-1])
	return last
}

// forks counts the processes and threads started since the machine was; 0 if it cannot be had.
func forks() int {
	text, _ := os.ReadFile("/proc/stat")
	_, rest, _ := bytes.Cut(text, []byte("\nprocesses "))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	n, _ := strconv.Atoi(string(line))
	return n
}

// readNumber is a file's only content; 0 if it cannot be had.
func readNumber(file string) int {
	text, _ := os.ReadFile(file)
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

// hasMarker tells whether a process's environment (as /proc shows it) carries the marker.
func hasMarker(environ, marker string) bool {
	for entry := range strings.SplitSeq(environ, "\x00") {
		if entry == marker {
			return true
		}
	}
	return false
}
