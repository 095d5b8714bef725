package owner

import (
	"os"
	"strconv"
	"strings"
)

// place is this boot of the machine and this namespace of process ids.
func place() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	return string(boot) + namespace
}

// startTime is when a process started, in clock ticks since boot; "0" if it is not there. A zombie counts as gone.
func startTime(pid int) string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "0"
	}
	// The second field is the program's name in parentheses and may hold anything; the 22nd is the start time.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return "0"
	}
	return fields[19]
}

func alive(pid int) bool { return startTime(pid) != "0" }
