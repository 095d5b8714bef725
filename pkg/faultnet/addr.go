package faultnet

import (
	"cmp"
	"net"
	"strconv"
	"strings"
)

// Addr is a place on the network: a port of a host. It is a net.Addr and comparable.
type Addr struct {
	Net  string // "tcp" or "udp"
	Host string
	Port int
}

// Network is "tcp" or "udp".
func (a Addr) Network() string { return a.Net }

// String is "host:port".
func (a Addr) String() string { return a.Host + ":" + strconv.Itoa(a.Port) }

func (a Addr) compare(b Addr) int {
	return cmp.Or(cmp.Compare(a.Net, b.Net), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
}

// networkOf maps the network names of package net to "tcp" and "udp".
func networkOf(network string) (string, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return "tcp", nil
	case "udp", "udp4", "udp6":
		return "udp", nil
	}
	return "", net.UnknownNetworkError(network)
}

// resolve reads "host:port" as the host h sees it: no name, localhost and the unspecified addresses are h itself.
func (h *Host) resolve(network, address string) (Addr, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return Addr{}, err
	}
	number, err := strconv.Atoi(port)
	if err != nil || number < 0 || number > 65535 {
		return Addr{}, &net.AddrError{Err: "invalid port", Addr: address}
	}
	switch name {
	case "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::":
		name = h.name
	}
	return Addr{Net: network, Host: name, Port: number}, nil
}

// validHost keeps host names apart from ports and from each other's text.
func validHost(name string) bool {
	return name != "" && !strings.ContainsAny(name, ":/ \n")
}
