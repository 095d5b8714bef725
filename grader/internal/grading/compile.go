package grading

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"scalelab/grader/internal/build"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// builds are the binaries of one subject, one for each mode, on their way.
type builds struct {
	subject *subject.Subject
	group   sync.WaitGroup
	mu      sync.Mutex
	paths   map[build.Mode]string
	errs    map[build.Mode]error
}

// startBuilds compiles every mode at once; what the policy still has to say is found out meanwhile. Only what rewrites the source in
// this process waits until vetted is closed: a few lines of source can make a type checker use up all memory.
func (b *Bench) startBuilds(ctx context.Context, s *subject.Subject, vetted <-chan struct{}) *builds {
	bs := &builds{subject: s, paths: map[build.Mode]string{}, errs: map[build.Mode]error{}}
	for _, mode := range modes(s.Lab) {
		bs.group.Go(func() {
			path, err := b.build(ctx, s, mode, vetted)
			bs.mu.Lock()
			defer bs.mu.Unlock()
			bs.paths[mode], bs.errs[mode] = path, err
		})
	}
	return bs
}

func (b *Bench) build(ctx context.Context, s *subject.Subject, mode build.Mode, vetted <-chan struct{}) (path string, err error) {
	if mode.Control {
		<-vetted
	}
	if err := ctx.Err(); err != nil {
		return "", err // the policy has refused it
	}
	err = b.onCore(ctx, func() (err error) {
		path, err = b.Builder.Suite(ctx, s, mode)
		return err
	})
	return path, err
}

// wait returns the lab's result if the student's files do not compile, and nil if they do.
func (bs *builds) wait() *score.Lab {
	bs.group.Wait()
	for _, mode := range modes(bs.subject.Lab) {
		var own *build.StudentError
		if errors.As(bs.errs[mode], &own) {
			return broken(bs.subject, own)
		}
	}
	return nil
}

// remove deletes the binaries: a proof of the whole course makes hundreds.
func (bs *builds) remove() {
	bs.group.Wait()
	for _, path := range bs.paths {
		if path != "" {
			os.RemoveAll(filepath.Dir(path))
		}
	}
}

// binary returns the binary for the mode, or the fault of the machine that kept it from being built.
func (bs *builds) binary(mode build.Mode) (string, error) { return bs.paths[mode], bs.errs[mode] }

// broken is the result of files that do not compile: the compiler's own words, with places.
func broken(s *subject.Subject, own *build.StudentError) *score.Lab {
	l := score.Zero(s.Lab, score.BuildError, record.BuildError, "the code does not compile")
	for _, d := range own.Diagnostics {
		l.Problems = append(l.Problems, score.Problem{
			Cause:    record.BuildError,
			Location: &record.Location{File: d.File, Line: d.Line},
			Message:  d.Message,
		})
	}
	return l
}
