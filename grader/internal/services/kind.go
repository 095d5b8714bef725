package services

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scalelab/pkg/services"
)

// Kind is what a server is.
type Kind string

// The kinds, as lab.yaml names them.
const (
	Redis    Kind = services.KindRedis
	RabbitMQ Kind = services.KindRabbitMQ
)

// The providers, as --services names them.
const (
	Auto      = "auto"
	External  = "external"
	Container = "container"
	Process   = "process"
	Embedded  = "embedded"
)

// ErrCannot is wrapped by errors that say: not from this provider, but another one can.
var ErrCannot = errors.New("cannot be judged with this provider")

// ability is something beyond the ordinary that a check may need of its server.
type ability struct {
	kinds     []Kind
	providers []string
	exclusive bool // it touches the whole server, so the check must have it alone
}

var (
	ownServer  = []string{Container, Process}
	alsoInside = []string{Container, Process, Embedded}
	everywhere = []string{External, Container, Process, Embedded}
)

// abilities are the words that lab.yaml may use under needs.
var abilities = map[string]ability{
	"restart": {[]Kind{Redis, RabbitMQ}, alsoInside, true}, // Restart, Kill, Start of package faults

	"acl":           {[]Kind{Redis}, ownServer, true},  // ACL SETUSER …
	"client-kill":   {[]Kind{Redis}, ownServer, true},  // CLIENT KILL, CLIENT LIST
	"config":        {[]Kind{Redis}, ownServer, true},  // CONFIG SET
	"eviction":      {[]Kind{Redis}, ownServer, true},  // maxmemory and its policies
	"functions":     {[]Kind{Redis}, ownServer, true},  // FUNCTION LOAD
	"info":          {[]Kind{Redis}, ownServer, true},  // the counters of INFO
	"notifications": {[]Kind{Redis}, ownServer, true},  // keyspace notifications
	"flushall":      {[]Kind{Redis}, alsoInside, true}, // FLUSHALL
	"pubsub":        {[]Kind{Redis}, alsoInside, true}, // channels are the server's, not the database's
	"scripts":       {[]Kind{Redis}, alsoInside, true}, // SCRIPT FLUSH; an empty script cache at the start

	"policies":   {[]Kind{RabbitMQ}, everywhere, false},                             // SetPolicy
	"quorum":     {[]Kind{RabbitMQ}, everywhere, false},                             // quorum queues
	"management": {[]Kind{RabbitMQ}, []string{External, Container, Process}, false}, // the rest of the management API
}

// KnownNeeds lists the words that lab.yaml may use under needs, sorted.
func KnownNeeds() []string { return slices.Sorted(maps.Keys(abilities)) }

// Need is what one check asks for.
type Need struct {
	Kinds     []Kind
	Exclusive bool     // nobody else may use the servers meanwhile
	Needs     []string // see KnownNeeds
}

// Validate finds mistakes in lab.yaml: words that nobody knows, and needs that do not go with the rest.
func (n Need) Validate() error {
	for _, kind := range n.Kinds {
		if kind != Redis && kind != RabbitMQ {
			return fmt.Errorf("unknown service %q; known are %s and %s", kind, Redis, RabbitMQ)
		}
	}
	for _, word := range n.Needs {
		a, known := abilities[word]
		switch {
		case !known:
			return fmt.Errorf("unknown need %q; known are %s", word, strings.Join(KnownNeeds(), ", "))
		case a.exclusive && !n.Exclusive:
			return fmt.Errorf("need %q touches the whole server: it goes with `exclusive: true`", word)
		case !slices.ContainsFunc(n.Kinds, func(k Kind) bool { return slices.Contains(a.kinds, k) }):
			return fmt.Errorf("need %q is about %v, which is not among the check's services", word, a.kinds)
		}
	}
	return nil
}

// within reports whether a provider can do all that is needed of its servers of one kind.
func (n Need) within(provider string, kind Kind) error {
	if n.Exclusive && provider == External {
		return fmt.Errorf("%s from %s is never exclusive, for it serves others too: %w", kind, External, ErrCannot)
	}
	for _, word := range n.Needs {
		a := abilities[word]
		if slices.Contains(a.kinds, kind) && !slices.Contains(a.providers, provider) {
			return fmt.Errorf("%s from %s has no %q (%s can): %w",
				kind, provider, word, strings.Join(a.providers, " or "), ErrCannot)
		}
	}
	return nil
}
