// Package port sets a loopback TCP port aside, so that a server which is stopped and started keeps its address and
// nobody else takes it meanwhile.
//
// Asking the system for a free port, closing it and starting a server there is a race with everybody else who asks.
// On Linux a socket that is bound but never listens closes the gap: the system gives the port to nobody, while a
// server that binds it by number with SO_REUSEADDR (as Go, Redis and Erlang do) is let in. While no server listens,
// dialling the port is refused, as it should be.
package port

import (
	"net"
	"strconv"
)

// Reservation holds one port of 127.0.0.1 until it is closed.
type Reservation struct {
	number int
	hold   holder
}

// Reserve picks a free port and holds it.
func Reserve() (*Reservation, error) {
	number, hold, err := reserve()
	if err != nil {
		return nil, err
	}
	return &Reservation{number: number, hold: hold}, nil
}

// Number is the port, for servers that take it as a setting.
func (r *Reservation) Number() int { return r.number }

// Addr is 127.0.0.1:port.
func (r *Reservation) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.number)) }

// Close gives the port back.
func (r *Reservation) Close() error { return r.hold.close() }
