package policy

import (
	"go/types"
	"maps"
	"slices"
)

// refusedNames are refused even where a lab allows their package. Ending the
// process is not among them: it is found out, and costs only the check that did it.
var refusedNames = map[string]string{
	"os.NewFile":         "it opens what belongs to the grader",
	"os.StartProcess":    "a submission starts no programs",
	"os.FindProcess":     "a submission has no business with other processes",
	"net.FileConn":       "it opens what belongs to the grader",
	"net.FileListener":   "it opens what belongs to the grader",
	"net.FilePacketConn": "it opens what belongs to the grader",
}

// readNames looks for them.
func (c *checker) readNames() {
	for ident, obj := range c.info.Uses {
		foreign := obj.Pkg() != nil && obj.Pkg() != c.pkg && obj.Parent() == obj.Pkg().Scope()
		if !foreign || !c.ofStudent(ident.Pos()) {
			continue
		}
		name := obj.Pkg().Path() + "." + obj.Name()
		if why := refusedNames[name]; why != "" {
			c.refuse(ident.Pos(), RuleName, "%s is not allowed: %s", name, why)
		}
	}
}

// RefusedNames lists what may not be used even where its package is allowed.
func RefusedNames() []string { return slices.Sorted(maps.Keys(refusedNames)) }

// readShadows refuses declarations that change what Go's own words mean in files
// that are not the student's: error, int or true in the interface; append or len
// where a given file calls it. A min or max of one's own is fine.
func (c *checker) readShadows() {
	for _, name := range c.pkg.Scope().Names() {
		obj, own := c.pkg.Scope().Lookup(name), types.Universe.Lookup(name)
		if own == nil || !c.ofStudent(obj.Pos()) {
			continue
		}
		if _, isFunc := own.(*types.Builtin); !isFunc || c.calledByGiven(obj) {
			c.refuse(obj.Pos(), RuleShadow, "%s has a meaning in Go on which the whole package relies: choose another name", name)
		}
	}
}

func (c *checker) calledByGiven(obj types.Object) bool {
	for ident, used := range c.info.Uses {
		if used == obj && !c.ofStudent(ident.Pos()) {
			return true
		}
	}
	return false
}
