// Package owner names the process that started a server, so that a later run can tell what a killed run left behind
// from what a living one still uses.
//
// A process id alone does not serve: ids are used again. The name is machine:pid:start time, and a process that
// lives on another machine, or in another container, is never called dead: from here nobody can tell.
package owner

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Name is machine-pid-start; it consists of letters, digits and dashes, so it fits into labels and file names.
type Name string

// Self names this process.
var Self = sync.OnceValue(func() Name {
	return Of(os.Getpid())
})

// Of names a living process of this machine.
func Of(pid int) Name {
	return Name(machine() + "-" + strconv.Itoa(pid) + "-" + startTime(pid))
}

// Gone reports whether the process is known to have ended. A malformed name is not known to be anything.
func (n Name) Gone() bool {
	parts := strings.Split(string(n), "-")
	if len(parts) != 3 || parts[0] != machine() {
		return false
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil || pid <= 0 {
		return false
	}
	return !alive(pid) || startTime(pid) != parts[2]
}

// PID is the process id within the name, 0 if there is none.
func (n Name) PID() int {
	parts := strings.Split(string(n), "-")
	if len(parts) != 3 {
		return 0
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return pid
}

// machine is a short hash of what tells this boot of this machine, and this container, from all others.
var machine = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(place()))
	return hex.EncodeToString(sum[:6])
})
