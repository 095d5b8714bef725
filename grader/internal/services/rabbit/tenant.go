package rabbit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"scalelab/grader/internal/services/owner"
)

// namePrefix marks the virtual hosts and users that are ours to delete.
const namePrefix = "scalelab."

var serial atomic.Int64

// Tenant is a virtual host and its only user, which share a name.
type Tenant struct {
	Name     string
	Password string
	api      *API
}

// NewTenant makes an empty virtual host and a user with all rights there, policies included, and none elsewhere.
func (a *API) NewTenant(ctx context.Context) (*Tenant, error) {
	name := fmt.Sprintf("%s%s.%d", namePrefix, owner.Self(), serial.Add(1))
	t := &Tenant{Name: name, Password: rand.Text(), api: a}
	if err := a.turns.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("virtual host: %w", err)
	}
	err := t.make(ctx)
	a.turns.Release(1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("virtual host: %w", err), t.Delete(context.WithoutCancel(ctx)))
	}
	return t, nil
}

func (t *Tenant) make(ctx context.Context) error {
	all := map[string]string{"configure": ".*", "write": ".*", "read": ".*"}
	user := map[string]string{"password": t.Password, "tags": "policymaker"}
	err := t.api.call(ctx, http.MethodPut, nil, nil, "vhosts", t.Name)
	if err == nil {
		err = t.api.call(ctx, http.MethodPut, user, nil, "users", t.Name)
	}
	if err == nil {
		err = t.api.call(ctx, http.MethodPut, all, nil, "permissions", t.Name, t.Name)
	}
	return err
}

// Delete removes the virtual host with all that is in it, closing its connections, and the user.
func (t *Tenant) Delete(ctx context.Context) error {
	if err := t.api.turns.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("delete virtual host: %w", err)
	}
	defer t.api.turns.Release(1)
	return t.api.delete(ctx, t.Name)
}

// URL is how the user reaches the virtual host at host:port.
func (t *Tenant) URL(addr string) string { return t.address("amqp", addr) }

// ManagementURL is how the user reaches the management API; its path names the virtual host.
func (t *Tenant) ManagementURL() string { return t.address("http", t.api.Host()) }

func (t *Tenant) address(scheme, host string) string {
	u := url.URL{Scheme: scheme, User: url.UserPassword(t.Name, t.Password), Host: host, Path: "/" + t.Name}
	return u.String()
}

func (a *API) delete(ctx context.Context, name string) error {
	err := errors.Join(
		gone(a.call(ctx, http.MethodDelete, nil, nil, "vhosts", name)),
		gone(a.call(ctx, http.MethodDelete, nil, nil, "users", name)),
	)
	if err != nil {
		return fmt.Errorf("delete virtual host: %w", err)
	}
	return nil
}

// gone forgives that there is nothing to delete.
func gone(err error) error {
	if err != nil && strings.HasPrefix(err.Error(), "404 ") {
		return nil
	}
	return err
}

// Tenants lists the virtual hosts on the broker that are the kit's, whoever made them.
func (a *API) Tenants(ctx context.Context) ([]string, error) {
	var vhosts []struct{ Name string }
	if err := a.call(ctx, http.MethodGet, nil, &vhosts, "vhosts"); err != nil {
		return nil, fmt.Errorf("list virtual hosts: %w", err)
	}
	var names []string
	for _, v := range vhosts {
		if strings.HasPrefix(v.Name, namePrefix) {
			names = append(names, v.Name)
		}
	}
	return names, nil
}

// Sweep deletes what runs that are gone left behind; it returns how many virtual hosts.
func (a *API) Sweep(ctx context.Context) (int, error) {
	names, err := a.Tenants(ctx)
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, name := range names {
		who, _, _ := strings.Cut(strings.TrimPrefix(name, namePrefix), ".")
		if !owner.Name(who).Gone() {
			continue
		}
		if err := a.delete(ctx, name); err != nil {
			return swept, err
		}
		swept++
	}
	return swept, nil
}
