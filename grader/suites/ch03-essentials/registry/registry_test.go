package registry_test

import (
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/registry"
	"scalelab/pkg/check"
)

const (
	second = time.Second
	ttl    = 10 * second // of leases that are of no particular length
)

func TestBoundNameIsFound(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		read(t, "Two names", func(b *book) {
			b.notFound("bank", "a name that nobody has bound")
			bank := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
			b.found("bank", "a:80", bank, ttl, "a bound name is found, and its lease runs for all of its ttl")
			b.pass(3 * second)
			weather := b.bind("service b", "weather", "b:81", 20*second, leased, "names have nothing to do with each other")
			b.found("weather", "b:81", weather, 20*second, "each name has its own place and its own lease")
			b.found("bank", "a:80", bank, 7*second, "Left is how much longer the lease runs")
			b.unbind("service a", bank, "nil", "a lease that has the name can be given back")
			b.notFound("bank", "an unbound name is not found any more")
			b.found("weather", "b:81", weather, 20*second, "other names do not notice")
			again := b.bind("service c", "bank", "c:80", ttl, leased, "an unbound name is free")
			b.found("bank", "c:80", again, ttl, "a name that is bound again has its new place")
		})
	})
}

func TestOnlyRebindTakesABoundName(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		read(t, "Two services want one name", func(b *book) {
			a := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
			b.pass(2 * second)
			b.bind("service b", "bank", "b:80", 30*second, "ErrBound", "a bound name cannot be bound")
			b.found("bank", "a:80", a, 8*second, "a Bind that is refused changes nothing")
			b.bind("service a", "bank", "a:80", 30*second, "ErrBound", "a bound name cannot be bound, not even to the same address")
			b.found("bank", "a:80", a, 8*second, "a Bind that is refused changes nothing")
			taken := b.rebind("service b", "bank", "b:80", 30*second, "Rebind takes a bound name")
			b.found("bank", "b:80", taken, 30*second, "after Rebind the name has the new place and the new lease")
			b.newer(a, taken, "the lease of a Rebind has a greater version than the one before")
			b.bind("service a", "bank", "a:80", ttl, "ErrBound", "a name that was taken by Rebind is bound")
		})
		read(t, "Rebind of a free name", func(b *book) {
			lease := b.rebind("service a", "bank", "a:80", ttl, "Rebind takes a free name as well")
			b.found("bank", "a:80", lease, ttl, "after Rebind the name is bound")
			b.rebind("service a", "bank", "a:80", 20*second, "Rebind takes a name also from the one who has it")
		})
	})
}

func TestLeaseRunsOut(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		read(t, "A service that crashes", func(b *book) {
			lease := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
			b.pass(9 * second)
			b.found("bank", "a:80", lease, second, "a lease runs for its ttl")
			b.bind("service b", "bank", "b:80", ttl, "ErrBound", "a name is bound until its lease runs out")
			b.pass(2 * second)
			b.notFound("bank", "when its lease has run out, a name is not handed out any more")
			again := b.bind("service b", "bank", "b:80", ttl, leased, "when its lease has run out, a name is free")
			b.found("bank", "b:80", again, ttl, "a name that is bound again has its new place and a new lease")
		})
		read(t, "A service that renews", func(b *book) {
			lease := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
			for range 3 {
				b.pass(8 * second)
				b.renew("service a", lease, ttl, "nil", "a lease that runs can be renewed, any number of times")
				b.found("bank", "a:80", lease, ttl, "a renewed lease runs for ttl from now on; the place and the version stay")
			}
			b.renew("service a", lease, 3*second, "nil", "a lease that runs can be renewed")
			b.found("bank", "a:80", lease, 3*second, "a renewed lease runs for ttl from now on, even if that is less than was left")
			b.pass(4 * second)
			b.notFound("bank", "a renewed lease runs out as well")
			b.renew("service a", lease, ttl, "ErrLeaseLost", "a lease that has run out cannot be renewed, even if the name is free")
			b.notFound("bank", "a Renew that is refused changes nothing")
			b.unbind("service a", lease, "ErrLeaseLost", "a lease that has run out cannot be given back")
		})
		read(t, "A name that was taken", func(b *book) {
			b.bind("service a", "bank", "a:80", time.Minute, leased, "a free name can be bound")
			lease := b.rebind("service b", "bank", "b:80", ttl, "Rebind takes a bound name")
			b.pass(9 * second)
			b.found("bank", "b:80", lease, second, "the lease of a Rebind runs for its own ttl")
			b.pass(2 * second)
			b.notFound("bank", "the lease of a Rebind runs out; that of before is lost")
		})
	})
}

func TestOldLeaseChangesNothing(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, s := range []struct {
			title string
			next  func(b *book, old registry.Lease) registry.Lease
		}{
			{"The name was taken by Rebind", func(b *book, old registry.Lease) registry.Lease {
				return b.rebind("service b", "bank", "b:80", ttl, "Rebind takes a bound name")
			}},
			{"The lease has run out, and the name was bound again", func(b *book, old registry.Lease) registry.Lease {
				b.pass(11 * second)
				return b.bind("service b", "bank", "b:80", ttl, leased, "when its lease has run out, a name is free")
			}},
			{"The name was given back, and bound again", func(b *book, old registry.Lease) registry.Lease {
				b.unbind("service a", old, "nil", "a lease that has the name can be given back")
				return b.bind("service b", "bank", "b:80", ttl, leased, "an unbound name is free")
			}},
			{"The name was taken by the same service", func(b *book, old registry.Lease) registry.Lease {
				return b.rebind("service b", "bank", "a:80", ttl, "Rebind takes a bound name, also with the same address")
			}},
		} {
			read(t, s.title, func(b *book) {
				old := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
				lease := s.next(b, old)
				b.newer(old, lease, "a lease has a greater version than every earlier one of the same name")
				place, err := b.registry.Lookup(t.Context(), "bank")
				b.does("client", "Lookup(bank): "+outcome(place.Addr, err))
				b.pass(2 * second)
				b.renew("service a", old, time.Hour, "ErrLeaseLost", "a lease that does not have the name any more")
				b.found("bank", place.Addr, lease, 8*second, "a Renew that is refused changes nothing")
				b.unbind("service a", old, "ErrLeaseLost", "a lease that does not have the name any more")
				b.found("bank", place.Addr, lease, 8*second, "an Unbind that is refused changes nothing")
				b.renew("service b", lease, ttl, "nil", "the lease that has the name can be renewed")
				b.unbind("service b", lease, "nil", "the lease that has the name can be given back")
				b.unbind("service b", lease, "ErrLeaseLost", "a lease that was given back")
				b.renew("service b", lease, ttl, "ErrLeaseLost", "a lease that was given back")
				b.notFound("bank", "a name that was given back, after an Unbind and a Renew that were refused")
			})
		}
		read(t, "Leases that never were", func(b *book) {
			lease := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
			for _, never := range []registry.Lease{{Name: "bank"}, {Name: "bank", Version: lease.Version + 1}, {Name: "nobody"}, {Name: "weather", Version: lease.Version}} {
				b.renew("service b", never, time.Hour, "ErrLeaseLost", "a lease that never was")
				b.unbind("service b", never, "ErrLeaseLost", "a lease that never was")
			}
			b.found("bank", "a:80", lease, ttl, "what is refused changes nothing")
			b.notFound("weather", "what is refused changes nothing")
		})
		read(t, "Versions", func(b *book) {
			last := b.bind("service a", "bank", "a:80", ttl, leased, "a free name can be bound")
			for range 3 {
				b.unbind("service a", last, "nil", "a lease that has the name can be given back")
				next := b.bind("service a", "bank", "a:80", ttl, leased, "an unbound name is free")
				b.newer(last, next, "versions of a name grow, also if it was unbound in between")
				b.pass(11 * second)
				last = b.bind("service a", "bank", "a:80", ttl, leased, "when its lease has run out, a name is free")
				b.newer(next, last, "versions of a name grow, also if its lease had run out")
			}
		})
	})
}
