package minirabbit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"scalelab/pkg/minirabbit/internal/wire"
)

// VHost is a virtual host: exchanges, queues, bindings and policies of its own, and faults that touch no other.
type VHost struct {
	*faults
	broker    *Broker
	name      string
	exchanges map[string]*exchange
	queues    map[string]*queue
	policies  map[string]*policy
}

// AddVHost creates a virtual host; one that exists is returned as it is.
func (b *Broker) AddVHost(name string) *VHost {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.vhosts[name]; ok {
		return v
	}
	v := &VHost{broker: b, name: name, exchanges: map[string]*exchange{}, queues: map[string]*queue{},
		policies: map[string]*policy{}}
	v.faults = newFaults(b, func(c *conn) bool { return c.vhost == v })
	for x, kind := range predeclared {
		v.exchanges[x] = &exchange{vhost: v, name: x, kind: kind, durable: true}
	}
	b.vhosts[name] = v
	return v
}

// VHost finds a virtual host.
func (b *Broker) VHost(name string) (*VHost, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.vhosts[name]
	return v, ok
}

// DeleteVHost removes a virtual host with all that is in it and closes its connections. Error: there is none of
// that name.
func (b *Broker) DeleteVHost(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.vhosts[name]
	if !ok {
		return fmt.Errorf("delete vhost %q: not found", name)
	}
	b.closeConns(wire.Errorf(wire.ConnectionForced, "vhost '%s' is deleted", name),
		func(c *conn) bool { return c.vhost == v })
	for _, q := range byName(v.queues) {
		q.remove()
	}
	delete(b.vhosts, name)
	for _, u := range b.users {
		delete(u.permissions, name)
	}
	b.settle()
	return nil
}

// Name is the virtual host's name.
func (v *VHost) Name() string { return v.name }

func (v *VHost) emit(e Event) {
	e.VHost = v.name
	v.broker.emit(e)
}

func (v *VHost) exchange(name string) (*exchange, *wire.Error) {
	if x, ok := v.exchanges[name]; ok {
		return x, nil
	}
	return nil, wire.Errorf(wire.NotFound, "no exchange '%s' in vhost '%s'", name, v.name)
}

// queue finds a queue that the connection may use: an exclusive one belongs to its connection.
func (v *VHost) queue(name string, c *conn) (*queue, *wire.Error) {
	q, ok := v.queues[name]
	if !ok {
		return nil, wire.Errorf(wire.NotFound, "no queue '%s' in vhost '%s'", name, v.name)
	}
	return q, q.accessibleTo(c)
}

// removeExchange takes the exchange away with the bindings from it and to it.
func (v *VHost) removeExchange(x *exchange) {
	delete(v.exchanges, x.name)
	x.bindings = nil
	v.unbindAll(func(b *binding) bool { return b.exchange == x })
}

func (v *VHost) unbindAll(match func(*binding) bool) {
	for _, name := range slices.Sorted(maps.Keys(v.exchanges)) {
		if x, ok := v.exchanges[name]; ok {
			x.unbind(match)
		}
	}
}

// reserved tells whether only the broker may create or delete entities of this name.
func reserved(name string) bool { return strings.HasPrefix(name, "amq.") }

// byName lists what happens to be in a map, so that what comes over all comes in the same order every time.
func byName[V any](all map[string]V) []V {
	var list []V
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[name])
	}
	return list
}
