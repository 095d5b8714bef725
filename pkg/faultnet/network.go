package faultnet

import (
	"fmt"
	"sync"
	"time"
)

// Network joins hosts. It is safe for use by several goroutines; in a bubble it belongs to the bubble that made it.
type Network struct {
	seed      uint64
	window    int
	byPayload bool
	start     time.Time

	// mu guards everything below and in hosts, links and sockets. Nobody waits for anything else while holding it, but on
	// conditions, which let go of it: so whoever waits is durably blocked.
	mu     sync.Mutex
	hosts  map[string]*Host
	names  []string // in the order in which they were made
	ways   map[wayKey]*way
	usual  Faults
	flows  map[flowKey]*flow
	plans  []func(Message, *Fate)
	queue  queue
	log    log
	closed bool
}

// Option changes a network from its first moment on.
type Option func(*Network)

// Window sets how many bytes a connection takes in each direction before the other end has read them; a writer that wants
// more waits. The default is 64 KiB.
func Window(bytes int) Option { return func(n *Network) { n.window = max(1, bytes) } }

// ByPayload makes the fate of a datagram follow from its bytes and from how often they were sent before, instead of from its
// number. It is for programs in which several goroutines send at the same instant, so that the numbers depend on who comes
// first, and which put nothing random into their messages. Datagrams that arrive at the same instant then arrive in the
// order of their bytes.
func ByPayload() Option { return func(n *Network) { n.byPayload = true } }

const defaultWindow = 64 << 10

// New makes a network without hosts, whose dice the seed decides.
func New(seed uint64, options ...Option) *Network {
	n := &Network{
		seed:   seed,
		window: defaultWindow,
		start:  time.Now(),
		hosts:  map[string]*Host{},
		ways:   map[wayKey]*way{},
		flows:  map[flowKey]*flow{},
	}
	n.queue.net, n.log.net = n, n
	for _, option := range options {
		option(n)
	}
	return n
}

// Host returns the host with this name, and makes it if need be.
func (n *Network) Host(name string) *Host {
	n.enter()
	defer n.mu.Unlock()
	if h, ok := n.hosts[name]; ok {
		return h
	}
	if !validHost(name) {
		panic(fmt.Sprintf("faultnet: %q cannot be the name of a host", name))
	}
	h := newHost(n, name)
	n.hosts[name] = h
	n.names = append(n.names, name)
	return h
}

// Close closes every socket of every host and drops what is on its way. It wakes whoever waits for the network.
func (n *Network) Close() {
	n.enter()
	defer n.mu.Unlock()
	n.closed = true
	n.queue.stop()
	for _, name := range n.names {
		n.hosts[name].vanish()
	}
}

// enter locks the network. What has arrived by now is handed over first, so that at one instant arrivals come before whatever
// programs and tests do, and it does not matter whose goroutine runs first.
func (n *Network) enter() {
	n.mu.Lock()
	n.queue.run()
}

// now is the time since the network was made.
func (n *Network) now() time.Duration { return time.Since(n.start) }

type flowKey struct{ from, to Addr }

// flow returns the flow of datagrams between two addresses. It goes on when sockets are closed and opened again.
func (n *Network) flow(from, to Addr) *flow {
	key := flowKey{from, to}
	f, ok := n.flows[key]
	if !ok {
		f = &flow{}
		n.flows[key] = f
	}
	return f
}
