package sched

import (
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync"
)

// Site is a place in the source. The rewriter makes one for each operation it instruments.
type Site struct {
	File string // as the compiler prints it, shortened to its last element for display
	Line int
	Text string // the operand in the source's own words: "b.items", "t.forks[i]"
}

// String is file:line with the file's base name.
func (s *Site) String() string {
	if s == nil {
		return "?"
	}
	return fmt.Sprintf("%s:%d", s.Base(), s.Line)
}

// Base is the file's base name.
func (s *Site) Base() string { return path.Base(s.File) }

// callers remembers the site of every program counter at which a drop-in's method was called.
var callers sync.Map // uintptr → *Site

const kitPath = "scalelab/pkg/interleave/"

// callSite finds the innermost frame outside the engine. Wrappers that the compiler makes for promoted methods do not count.
func callSite() *Site {
	var near [3]uintptr // deep stacks are dear, and the caller is nearly always this near
	if site := outsideEngine(near[:runtime.Callers(3, near[:])]); site != nil {
		return site
	}
	var far [24]uintptr
	return outsideEngine(far[:runtime.Callers(3, far[:])])
}

func outsideEngine(pcs []uintptr) *Site {
	for _, pc := range pcs {
		if known, ok := callers.Load(pc); ok {
			if site := known.(*Site); site != nil {
				return site
			}
			continue
		}
		site := resolve(pc)
		callers.Store(pc, site)
		if site != nil {
			return site
		}
	}
	return nil
}

// resolve returns nil for a program counter inside the engine (but for its tests) or the standard library.
func resolve(pc uintptr) *Site {
	frames := runtime.CallersFrames([]uintptr{pc})
	for {
		frame, more := frames.Next()
		if beyond(frame) {
			return &Site{File: frame.File, Line: frame.Line}
		}
		if !more {
			return nil
		}
	}
}

func beyond(frame runtime.Frame) bool {
	return frame.Function != "" && (!inEngine(frame.Function) || strings.HasSuffix(frame.File, "_test.go"))
}

func inEngine(function string) bool {
	for _, prefix := range []string{"scalelab/pkg/interleave.", kitPath + "sched.", kitPath + "det/", "github.com/stretchr/testify/", "scalelab/pkg/check."} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	first, _, _ := strings.Cut(function, "/")
	pkg, _, _ := strings.Cut(first, ".")
	return first != pkg && standard[pkg]
}

// standard names the packages of the standard library through which student code can be called back.
var standard = map[string]bool{
	"runtime": true, "sort": true, "slices": true, "maps": true, "fmt": true, "iter": true, "strings": true, "errors": true,
	"context": true, "sync": true, "time": true, "reflect": true, "testing": true,
}

// lasting is the site of a drop-in's caller, where the drop-in works on the program's memory itself.
func (s *Scheduler) lasting() *Site {
	if site := callSite(); site != nil {
		return site
	}
	return &Site{File: "?"}
}

// Here is the site of a drop-in's caller, for a drop-in that uses the program's memory many times; nil outside an execution.
func Here() *Site {
	if s := active.Load(); s != nil && !s.unwinding {
		return s.lasting()
	}
	return nil
}

// seen is the place to show for an operation at site. One of a test's own is shown where the code under test asked for it: whoever
// wrote that code has never seen the test. It looks that up only for executions that are recorded.
func (s *Scheduler) seen(site *Site) *Site {
	if !s.cfg.Trace || !site.InTest() {
		return site
	}
	var stack [64]uintptr
	for _, pc := range stack[:runtime.Callers(3, stack[:])] {
		if caller := outsideEngine([]uintptr{pc}); caller != nil && !caller.InTest() {
			return caller
		}
	}
	return site
}

// InTest tells whether the site lies in a test, and not in the code under test.
func (s *Site) InTest() bool { return s != nil && strings.HasSuffix(s.File, "_test.go") }

var rewritten sync.Map

// Rewritten notes that the package of that path is under control. Every rewritten package calls it.
func Rewritten(pkg string) struct{} {
	rewritten.Store(pkg, true)
	return struct{}{}
}

// Controlled tells whether this process runs rewritten code.
func Controlled() bool {
	found := false
	rewritten.Range(func(any, any) bool { found = true; return false })
	return found
}
