package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"scalelab/grader/internal/archive"
	"scalelab/grader/internal/build"
	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/proof"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/services"
)

// bench is the grading bench of one run of the command, with what must be put away afterwards.
type bench struct {
	*grading.Bench
	course    *kit.Kit
	dir       string
	pools     []*services.Pool
	providers []proof.Provider // of the pools, in their order
}

// openBench finds the compiler and starts the services that the labs need, from each of the providers; they come up while the first
// build runs.
func openBench(ctx context.Context, course *kit.Kit, labs []*kit.Lab, providers ...string) (*bench, error) {
	toolchain, err := build.FindToolchain(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "scalelab-build-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for builds: %w", err)
	}
	archives := archive.Finder{Run: toolchain.Run, GoCommand: toolchain.Path, Root: course.Root, CacheDir: cacheDir()}
	builder := &build.Builder{Dir: dir, Go: toolchain, Archives: archives}
	b := &bench{Bench: grading.NewBench(builder, &grading.Imports{Archives: archives}), course: course, dir: dir}
	for _, provider := range providers {
		if err := b.addPool(ctx, labs, provider); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// cacheDir is where answers of the go command are kept between runs; empty if the user has no such folder.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "scalelab")
}

// addPool opens the services of one provider and lets them start in the background.
func (b *bench) addPool(ctx context.Context, labs []*kit.Lab, provider string) error {
	pool, err := services.Open(ctx, services.Options{Provider: provider, Kinds: kindsOf(labs), Needs: needsOf(labs), Log: tell})
	if err != nil {
		return usage(err)
	}
	b.pools = append(b.pools, pool)
	b.providers = append(b.providers, proof.Provider{Name: provider, Servers: servers{pool}, Ours: pool.Embedded()})
	go pool.Start(ctx) // whoever needs a view waits for it, and learns of its error
	return nil
}

// cache is where proofs are kept between runs; nil if they cannot be.
func (b *bench) cache(fresh bool) *proof.Cache {
	dir := cacheDir()
	if dir == "" {
		return nil
	}
	cache, err := proof.OpenCache(filepath.Join(dir, "proofs"), b.course.Root, fresh, b.Builder.Go.Version(), strconv.Itoa(b.Walks))
	if err != nil {
		tell("proofs are not cached: " + err.Error())
		return nil
	}
	return cache
}

// servers are those of the first provider: grading uses one.
func (b *bench) servers() grading.Servers { return b.providers[0].Servers }

// Close stops the services and removes what was built.
func (b *bench) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	for _, pool := range b.pools {
		errs = append(errs, pool.Close(ctx))
	}
	if err := errors.Join(append(errs, os.RemoveAll(b.dir))...); err != nil {
		tell("clean up: " + err.Error())
	}
}

// tell says something that is not part of a result.
func tell(line string) { fmt.Fprintln(os.Stderr, "grader: "+line) }

// environment is what a scorecard says about the machine.
func (b *bench) environment() score.Environment {
	env := score.Environment{"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
	for kind, provider := range b.pools[0].Providers() {
		env[string(kind)] = provider + " " + b.pools[0].Versions()[kind]
	}
	return env
}

// kindsOf lists the services that a check of these labs wants from outside its process.
func kindsOf(labs []*kit.Lab) []services.Kind {
	seen := map[services.Kind]bool{}
	var kinds []services.Kind
	for _, lab := range labs {
		for _, c := range lab.Checks {
			for _, s := range c.Services {
				kind := services.Kind(s)
				if grading.UsesServers(c) && !seen[kind] {
					seen[kind] = true
					kinds = append(kinds, kind)
				}
			}
		}
	}
	return kinds
}

// needsOf lists what the labs' checks need their servers to be able to do.
func needsOf(labs []*kit.Lab) []string {
	var needs []string
	for _, lab := range labs {
		for _, c := range lab.Checks {
			needs = append(needs, c.Needs...)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// servers lets a pool serve checks.
type servers struct{ pool *services.Pool }

func (s servers) View(ctx context.Context, c kit.Check) (grading.View, error) {
	need := services.Need{Exclusive: c.Exclusive, Needs: c.Needs}
	for _, kind := range c.Services {
		need.Kinds = append(need.Kinds, services.Kind(kind))
	}
	return s.pool.View(ctx, need)
}
