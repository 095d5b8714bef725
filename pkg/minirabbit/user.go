package minirabbit

import (
	"fmt"
	"regexp"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Permissions are regular expressions over the names of exchanges and queues (the default exchange's is
// "amq.default"). An empty one permits nothing.
type Permissions struct{ Configure, Write, Read string }

// AllPermissions permit everything in a virtual host.
var AllPermissions = Permissions{Configure: ".*", Write: ".*", Read: ".*"}

type user struct {
	name, password string
	permissions    map[string]*grants // by virtual host
}

type grants struct{ configure, write, read *regexp.Regexp }

// AddUser creates a user without permissions, or changes the password of one.
func (b *Broker) AddUser(name, password string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u, ok := b.users[name]; ok {
		u.password = password
		return
	}
	b.users[name] = &user{name: name, password: password, permissions: map[string]*grants{}}
}

// DeleteUser removes a user and closes the connections under that name. Error: there is none.
func (b *Broker) DeleteUser(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.users[name]
	if !ok {
		return fmt.Errorf("delete user %q: not found", name)
	}
	delete(b.users, name)
	b.closeConns(wire.Errorf(wire.ConnectionForced, "user '%s' was deleted", name), func(c *conn) bool { return c.user == u })
	b.settle()
	return nil
}

// SetPermissions says what a user may do in a virtual host. Errors: no such user or virtual host, a pattern that
// does not compile.
func (b *Broker) SetPermissions(vhost, name string, p Permissions) error {
	g := &grants{}
	for _, pattern := range []struct {
		source string
		into   **regexp.Regexp
	}{{p.Configure, &g.configure}, {p.Write, &g.write}, {p.Read, &g.read}} {
		source := pattern.source
		if source == "" {
			source = "^$"
		}
		compiled, err := regexp.Compile(source)
		if err != nil {
			return fmt.Errorf("permissions of %s: %w", name, err)
		}
		*pattern.into = compiled
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.users[name]
	if !ok {
		return fmt.Errorf("permissions of %s: user not found", name)
	}
	if _, ok := b.vhosts[vhost]; !ok {
		return fmt.Errorf("permissions of %s: vhost %q not found", name, vhost)
	}
	u.permissions[vhost] = g
	return nil
}

// access is one kind of permission.
type access func(*grants) *regexp.Regexp

func configure(g *grants) *regexp.Regexp { return g.configure }
func write(g *grants) *regexp.Regexp     { return g.write }
func read(g *grants) *regexp.Regexp      { return g.read }

// may checks one permission on a resource, whose kind is "queue" or "exchange".
func (c *conn) may(a access, kind, name string) *wire.Error {
	shown := name
	if kind == "exchange" && name == "" {
		shown = "amq.default"
	}
	if g := c.user.permissions[c.vhost.name]; g != nil && a(g).MatchString(shown) {
		return nil
	}
	return wire.Errorf(wire.AccessRefused, "access to %s '%s' in vhost '%s' refused for user '%s'",
		kind, shown, c.vhost.name, c.user.name)
}
