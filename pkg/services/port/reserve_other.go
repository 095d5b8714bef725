//go:build !linux

package port

import (
	"fmt"
	"net"
)

// holder holds nothing here: the port is free, and very likely stays so until the server takes it.
type holder struct{}

func reserve() (int, holder, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, holder{}, fmt.Errorf("reserve a port: %w", err)
	}
	number := listener.Addr().(*net.TCPAddr).Port
	return number, holder{}, listener.Close()
}

func (holder) close() error { return nil }
