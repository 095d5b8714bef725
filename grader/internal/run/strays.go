package run

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adopt makes this process the parent of everybody below it whose own parent ends. What a check left behind is then found among its
// children, which takes a fifth of a millisecond, instead of among all processes of the machine, which takes thirty times as long. It
// returns false where the kernel cannot tell children.
var adopt = sync.OnceValue(func() bool {
	_, err := os.Stat("/proc/thread-self/children")
	return err == nil && unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == nil
})

// killTree ends the process group, and every process that carries the run's marker: one that left the group is still found. It
// returns when they are gone, or after two seconds if the kernel holds one back.
func killTree(pid int, marker string) {
	const looks = 2 // the kernel may leave a child out while another one ends, so one look that finds none is not enough
	killed := descendants(pid)
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	for deadline, clean := time.Now().Add(2*time.Second), 0; clean < looks && time.Now().Before(deadline); clean++ {
		strays := append(marked(pid, marker), killed...) // also one that was just being born
		if len(strays) == 0 {
			continue
		}
		for _, stray := range strays {
			_ = syscall.Kill(stray, syscall.SIGKILL)
		}
		time.Sleep(time.Millisecond)
		killed = slices.DeleteFunc(strays, gone)
		clean = -1
	}
}

// gone tells whether the process has ended; if it has become a child of this one, nobody else takes note of its end.
func gone(pid int) bool {
	if ended, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil); ended == pid {
		return true
	} else if err == nil {
		return false // a child that still runs
	}
	return syscall.Kill(pid, 0) == syscall.ESRCH
}

// marked finds processes by an entry of their environment; pid itself is not looked at.
func marked(pid int, marker string) []int {
	return slices.DeleteFunc(suspects(), func(p int) bool {
		environ, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p), "environ"))
		return p == pid || err != nil || !hasMarker(environ, marker)
	})
}

// suspects are the processes among which a check's strays are.
func suspects() []int {
	if adopt() {
		return children(os.Getpid())
	}
	var all []int
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		if pid, err := strconv.Atoi(filepath.Base(name)); err == nil {
			all = append(all, pid)
		}
	}
	return all
}

// descendants lists children, their children and so on.
func descendants(pid int) []int {
	all := children(pid)
	for _, child := range slices.Clone(all) {
		all = append(all, descendants(child)...)
	}
	return all
}

func children(pid int) []int {
	var all []int
	files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}
