package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"scalelab/grader/internal/services/owner"
)

// farewell bounds what Close does to one server.
const farewell = 2 * time.Minute

// Options say which servers a run needs.
type Options struct {
	Provider string       // auto, or one of the providers; empty is auto
	Kinds    []Kind       // what any check of the run needs
	Needs    []string     // what any check of the run needs of them; auto takes a provider that can, if there is one
	Log      func(string) // one line at a time; nil for none
}

// Pool is the servers of one run. It is safe for concurrent use.
type Pool struct {
	host  *host
	banks map[Kind]*bank

	mu    sync.Mutex
	views map[*View]struct{}
}

// Open chooses providers and looks whether they are there. It starts no server yet: Start or the first View does.
// What an earlier, killed run of the grader left behind on this machine is swept away. An error names what is
// missing and what to do about it.
func Open(ctx context.Context, o Options) (*Pool, error) {
	if err := (Need{Kinds: o.Kinds, Exclusive: true, Needs: o.Needs}).Validate(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	h, err := newHost(o.Log)
	if err != nil {
		return nil, err
	}
	p := &Pool{host: h, banks: map[Kind]*bank{}, views: map[*View]struct{}{}}
	for _, kind := range o.Kinds {
		b, err := newBank(ctx, h, kind, o)
		if err != nil {
			return nil, errors.Join(err, p.Close(ctx))
		}
		p.banks[kind] = b
	}
	return p, nil
}

// Start starts all servers side by side and returns when they answer. A run may be grading meanwhile.
func (p *Pool) Start(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range p.banks {
		group.Go(func() error { return b.ready(ctx) })
	}
	return group.Wait()
}

// View gives one check its part of the servers it needs, empty and private. While an exclusive view is open, nobody
// else has a part of a server that it has. The error wraps ErrCannot if another provider could do it.
func (p *Pool) View(ctx context.Context, n Need) (*View, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	for _, kind := range n.Kinds {
		if p.banks[kind] == nil {
			return nil, fmt.Errorf("%s was not asked for when the run began", kind)
		}
	}
	v, err := openView(ctx, p, n)
	if err != nil {
		return nil, err
	}
	if !p.remember(v) {
		return nil, errors.Join(errors.New("services: the run is over"), v.Close(context.WithoutCancel(ctx)))
	}
	return v, nil
}

// remember keeps a view for Close; false if the pool is closed already.
func (p *Pool) remember(v *View) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.views == nil {
		return false
	}
	p.views[v] = struct{}{}
	return true
}

// Embedded tells that all servers are the embedded ones, since no others can be had or were asked for.
func (p *Pool) Embedded() bool {
	for _, b := range p.banks {
		if len(b.candidates) == 0 || b.candidates[0].provider != Embedded {
			return false
		}
	}
	return true
}

// Providers says where the servers of each kind come from, once they are started.
func (p *Pool) Providers() map[Kind]string {
	return p.describe(func(b *bank) string { return b.provider })
}

// Versions says which server each kind is, once they are started.
func (p *Pool) Versions() map[Kind]string {
	return p.describe(func(b *bank) string { return b.source.version() })
}

func (p *Pool) describe(of func(*bank) string) map[Kind]string {
	all := map[Kind]string{}
	for kind, b := range p.banks {
		if b.isStarted() {
			all[kind] = of(b)
		}
	}
	return all
}

// Close closes the views that are still open and ends all servers. It also ends servers that are still starting.
func (p *Pool) Close(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // an interrupted run must clean up, too
	p.mu.Lock()
	open := p.views
	p.views = nil
	p.mu.Unlock()
	var err error
	for v := range open {
		err = errors.Join(err, v.Close(ctx))
	}
	var group errgroup.Group
	for _, b := range p.banks {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, farewell)
			defer cancel()
			return b.close(ctx)
		})
	}
	return errors.Join(err, group.Wait(), p.host.close())
}

func (p *Pool) forget(v *View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.views, v)
}

// inOrder is the kinds in the order in which every view locks them, so that no two wait for each other.
func inOrder(kinds []Kind) []Kind {
	return slices.Compact(slices.SortedFunc(slices.Values(kinds), func(a, b Kind) int {
		return strings.Compare(string(a), string(b))
	}))
}

// host is what the providers of a run share on this machine.
type host struct {
	folder *owner.Folder
	log    func(string)
	docker docker
}

func newHost(log func(string)) (*host, error) {
	quiet()
	if n, err := owner.SweepFolders(); err != nil {
		log("services: " + err.Error())
	} else if n > 0 {
		log(fmt.Sprintf("services: removed what killed runs left in folders: %d", n))
	}
	folder, err := owner.NewFolder()
	if err != nil {
		return nil, err
	}
	return &host{folder: folder, log: log}, nil
}

// quiet keeps the client's own log lines, one for every refused connection, from between the grader's.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func (h *host) close() error { return errors.Join(h.docker.close(), h.folder.Close()) }
