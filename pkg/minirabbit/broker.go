package minirabbit

import (
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Options of a broker; the zero value is RabbitMQ's defaults on a free port of the loopback interface.
type Options struct {
	Addr            string        // where Start listens; "127.0.0.1:0" if empty
	Clock           Clock         // package time if nil
	Heartbeat       time.Duration // suggested to clients; 60 s if 0, none if below 0
	FrameMax        uint32        // bytes; 131 072 if 0
	ChannelMax      uint16        // 2 047 if 0
	ConfirmMultiple bool          // gather confirms in multiple acks while publishes wait to be read, as RabbitMQ does
}

// Broker is a broker in this process. All its state is under one lock, which is never held while something blocks:
// a method of a client is one step, so that a given order of methods has one outcome.
type Broker struct {
	*faults
	options    Options
	clock      Clock
	alarmGate  *gate
	goroutines sync.WaitGroup

	mu        sync.Mutex
	vhosts    map[string]*VHost
	users     map[string]*user
	conns     []*conn // in the order of their arrival
	observers []*Observer
	listener  net.Listener
	addr      string
	running   bool
	alarm     string // reason; empty: none

	dirty    []*queue   // to be pumped by settle
	lettered []lettered // to be published by settle
	changed  chan struct{}

	messageSeq, eventSeq, names uint64
}

// New makes a broker without a network, for ServeConn and Dial: all that a synctest bubble needs. It has the virtual
// host "/" and the user guest (password guest) with all permissions.
func New(o Options) *Broker {
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = time.Minute
	}
	if o.FrameMax == 0 {
		o.FrameMax = 131_072
	}
	if o.ChannelMax == 0 {
		o.ChannelMax = 2047
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	b := &Broker{options: o, clock: o.Clock, alarmGate: newGate(), vhosts: map[string]*VHost{}, users: map[string]*user{},
		running: true, changed: make(chan struct{})}
	b.faults = newFaults(b, func(*conn) bool { return true })
	b.AddVHost("/")
	b.AddUser("guest", "guest")
	if err := b.SetPermissions("/", "guest", AllPermissions); err != nil {
		panic(err) // vhost and user exist
	}
	return b
}

// URL is for a client: amqp://user:password@host:port/vhost. Guest and "/" unless given otherwise with URLFor.
func (b *Broker) URL() string { return b.URLFor("guest", "guest", "/") }

// URLFor is the URL of a user and a virtual host.
func (b *Broker) URLFor(user, password, vhost string) string {
	u := url.URL{Scheme: "amqp", User: url.UserPassword(user, password), Host: b.Addr(), Path: "/"}
	if vhost != "/" {
		u.Path, u.RawPath = "/"+vhost, "/"+url.PathEscape(vhost)
	}
	return u.String()
}

// Addr is host:port; it stays the same over a restart.
func (b *Broker) Addr() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.addr
}

// settle finishes an operation: queues serve their consumers, dead letters are published, until nothing is left to
// do. The lock is held.
func (b *Broker) settle() {
	for {
		for len(b.dirty) > 0 {
			q := b.dirty[0]
			b.dirty = b.dirty[1:]
			q.dirty = false
			if !q.removed {
				q.pump()
			}
		}
		if len(b.lettered) == 0 {
			break
		}
		l := b.lettered[0]
		b.lettered = b.lettered[1:]
		l.publish()
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// after runs f under the lock when the time has come.
func (b *Broker) after(d time.Duration, f func()) Timer { return b.clock.AfterFunc(d, b.locked(f)) }

// locked is f under the lock.
func (b *Broker) locked(f func()) func() {
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		f()
		b.settle()
	}
}

func (b *Broker) connections() []*conn { return slices.Clone(b.conns) }

// closeConns says goodbye, with its reason, to the connections that match. The lock is held.
func (b *Broker) closeConns(why *wire.Error, match func(*conn) bool) {
	for _, c := range b.connections() {
		if match(c) {
			c.closeWith(why, wire.ID{})
		}
	}
}
