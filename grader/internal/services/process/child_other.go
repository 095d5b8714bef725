//go:build !linux

package process

import "syscall"

// diesWithUs cannot be asked for here; the sweep at the next start ends what a killed run left.
func diesWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
