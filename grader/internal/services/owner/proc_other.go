//go:build !linux

package owner

import (
	"os"
	"syscall"
)

// place is the host's name, the best there is without /proc.
func place() string {
	name, _ := os.Hostname()
	return name
}

// startTime is not to be had cheaply here, so a process id that was used again keeps what it did not leave behind.
func startTime(int) string { return "0" }

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) == nil
}
