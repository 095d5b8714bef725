package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/registry"
	"scalelab/pkg/check"
)

// book is the student's registry, and those who use it.
type book struct {
	*story
	t        *check.T
	registry *registry.Registry

	unanswered func() // draws that the call which is under way has no answer
}

// read tells one story of a registry of its own. If the check fails in it, the story is drawn.
func read(t *check.T, title string, body func(b *book)) {
	t.Helper()
	b := &book{story: tell(title), t: t}
	defer check.Story(t, func() {
		if b.unanswered != nil {
			b.unanswered()
		}
		b.show(t)
	})()
	b.registry = registry.NewRegistry()
	body(b)
}

// leased is what a Bind or Rebind that succeeds comes to.
const leased = "a lease"

func (b *book) bind(who, name, addr string, ttl time.Duration, want, rule string) (lease registry.Lease) {
	b.t.Helper()
	b.asks(who, fmt.Sprintf("Bind(%s, %s, %s)", name, addr, brief(ttl)), want, rule, func() string {
		var err error
		lease, err = b.registry.Bind(b.t.Context(), name, addr, ttl)
		return leaseOrError(lease, name, err)
	})
	return lease
}

func (b *book) rebind(who, name, addr string, ttl time.Duration, rule string) (lease registry.Lease) {
	b.t.Helper()
	b.asks(who, fmt.Sprintf("Rebind(%s, %s, %s)", name, addr, brief(ttl)), leased, rule, func() string {
		var err error
		lease, err = b.registry.Rebind(b.t.Context(), name, addr, ttl)
		return leaseOrError(lease, name, err)
	})
	return lease
}

func leaseOrError(lease registry.Lease, name string, err error) string {
	if err == nil && lease.Name != name {
		return "a lease of another name"
	}
	return outcome(leased, err)
}

func (b *book) renew(who string, lease registry.Lease, ttl time.Duration, want, rule string) {
	b.t.Helper()
	b.asks(who, fmt.Sprintf("Renew(%s, %s)", lease.Name, brief(ttl)), want, rule, func() string {
		return outcome("nil", b.registry.Renew(b.t.Context(), lease, ttl))
	})
}

func (b *book) unbind(who string, lease registry.Lease, want, rule string) {
	b.t.Helper()
	b.asks(who, fmt.Sprintf("Unbind(%s)", lease.Name), want, rule, func() string {
		return outcome("nil", b.registry.Unbind(b.t.Context(), lease))
	})
}

// found fails unless the name is bound to this address by this lease, for so much longer.
func (b *book) found(name, addr string, lease registry.Lease, left time.Duration, rule string) {
	b.t.Helper()
	b.asks("client", fmt.Sprintf("Lookup(%s)", name), fmt.Sprintf("%s, %v left", addr, left), rule, func() string {
		place, err := b.registry.Lookup(b.t.Context(), name)
		got := outcome(fmt.Sprintf("%s, %v left", place.Addr, place.Left), err)
		if err == nil && place.Version != lease.Version {
			got += ", of another version than the lease"
		}
		return got
	})
}

// notFound fails unless the name is not bound.
func (b *book) notFound(name, rule string) {
	b.t.Helper()
	b.asks("client", fmt.Sprintf("Lookup(%s)", name), "ErrNotBound", rule, func() string {
		place, err := b.registry.Lookup(b.t.Context(), name)
		return outcome(place.Addr, err)
	})
}

// newer fails unless the second lease has a greater version than the first.
func (b *book) newer(first, second registry.Lease, rule string) {
	b.t.Helper()
	require.True(b.t, second.Version > first.Version, rule)
}

// pass lets time pass.
func (b *book) pass(d time.Duration) {
	b.does("registry", brief(d)+" pass")
	time.Sleep(d)
}

// asks makes a call, and fails unless it comes to what it should. If it never returns, that is what the picture ends with.
func (b *book) asks(who, what, want, rule string, call func() string) {
	b.t.Helper()
	asked := b.does(who, what)
	got := noAnswer
	b.unanswered = func() {
		b.leads(asked, "registry", "receive")
		b.wrong("registry", want, got)
	}
	if got = call(); got != want {
		b.unanswered()
	} else {
		b.leads(asked, "registry", got)
	}
	b.unanswered = nil
	require.Equal(b.t, want, got, what+": "+rule)
}

const noAnswer = "no answer"

// brief is a duration without what is 0.
func brief(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// outcome words a result, the same in every run.
func outcome(result string, err error) string {
	if err == nil {
		return result
	}
	switch { // whatever else it is
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded"
	}
	var kinds []string
	var remote *registry.RemoteError
	if errors.As(err, &remote) {
		kinds = append(kinds, fmt.Sprintf("RemoteError %q", remote.Message))
	}
	for _, k := range []struct {
		err  error
		name string
	}{
		{registry.ErrBound, "ErrBound"}, {registry.ErrNotBound, "ErrNotBound"}, {registry.ErrLeaseLost, "ErrLeaseLost"},
		{registry.ErrUnavailable, "ErrUnavailable"}, {registry.ErrNotRegistered, "ErrNotRegistered"}, {registry.ErrTooLarge, "ErrTooLarge"},
		{registry.ErrEncoding, "ErrEncoding"},
	} {
		if errors.Is(err, k.err) {
			kinds = append(kinds, k.name)
		}
	}
	if len(kinds) == 0 {
		return "another error"
	}
	return strings.Join(kinds, " and ")
}
