package intake

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const testSuffix = "_test.go"

// gatherer collects one lab's files from its folder in the submission.
type gatherer struct {
	where   string // the submission's path, for errors
	tree    tree
	lab     Wanted
	dir     string
	entries []entry
	limits  Limits
	found   Found
	absent  []string
}

// gather takes the lab's files from its spot. A lab with several files may lack
// some of them: those keep the stub, with a notice.
func gather(where, name string, t tree, lab Wanted, at place, limits Limits) (Found, error) {
	g := gatherer{where: where, tree: t, lab: lab, dir: at.dir, limits: limits,
		found: Found{LabID: lab.ID, Status: Taken, Place: at.dir,
			Subject: Subject{LabID: lab.ID, Name: name, Files: map[string][]byte{}}}}
	if at.kind != folder {
		g.refuse(at.dir, RuleRegular, "is "+string(at.kind)+", not a folder: hand in the lab's folder itself")
		return g.result(), nil
	}
	var err error
	if g.entries, err = t.list(at.dir); err != nil {
		return Found{}, err
	}
	for _, file := range lab.Files {
		if err := g.take(file); err != nil {
			return Found{}, err
		}
	}
	if err := g.fillIn(); err != nil {
		return Found{}, err
	}
	g.notice()
	return g.result(), nil
}

func (g *gatherer) result() Found {
	switch {
	case len(g.found.Refusals) > 0:
		g.found.Status, g.found.Subject.Files = Refused, nil
	case len(g.absent) == len(g.lab.Files):
		g.found.Status, g.found.Subject.Files = Missing, nil
		g.found.Message = g.missingMessage()
	}
	return g.found
}

func (g *gatherer) refuse(file string, rule Rule, message string) {
	g.found.Refusals = append(g.found.Refusals, Refusal{File: file, Rule: rule, Message: message})
}

// take reads one file that the lab asks for, if what lies there is one.
func (g *gatherer) take(file string) error {
	e, ok := named(g.entries, file)
	if !ok {
		g.absent = append(g.absent, file)
		return nil
	}
	if e.copies > 1 {
		g.refuse(file, RuleUnique, "is in the archive more than once: keep the one that counts")
		return nil
	}
	if e.kind != regularFile {
		g.refuse(file, RuleRegular, "is "+string(e.kind)+", not a regular file: put the source itself there")
		return nil
	}
	if twin := g.otherSpelling(file); twin != "" {
		g.refuse(file, RuleUnique, "has a twin, "+shown(twin)+", that differs only in capital letters: keep one of them")
		return nil
	}
	src, err := g.tree.read(path.Join(g.dir, file), g.limits.FileBytes)
	if errors.Is(err, errOversized) {
		g.refuse(file, RuleSize, "is larger than "+bytesText(g.limits.FileBytes)+", the most that a source file may have")
		return nil
	}
	if err != nil {
		return err
	}
	if problem := notText(src); problem != "" {
		g.refuse(file, RuleText, problem)
		return nil
	}
	g.found.Subject.Files[file] = src
	return nil
}

// otherSpelling is a name that a file system without capital letters would take
// for the same file.
func (g *gatherer) otherSpelling(file string) string {
	for _, e := range g.entries {
		if e.name != file && strings.EqualFold(e.name, file) {
			return e.name
		}
	}
	return ""
}

// notText says where src stops being text, or "".
func notText(src []byte) string {
	line := func(at int) int { return 1 + bytes.Count(src[:at], []byte("\n")) }
	if at := bytes.IndexByte(src, 0); at >= 0 {
		return fmt.Sprintf("holds a NUL byte in line %d: save it as UTF-8 text", line(at))
	}
	for at := 0; at < len(src); {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			return fmt.Sprintf("is not UTF-8 in line %d: save it as UTF-8 text", line(at))
		}
		at += size
	}
	return ""
}

// fillIn puts the stub's files where a lab has only some of its own.
func (g *gatherer) fillIn() error {
	if len(g.absent) == 0 || len(g.absent) == len(g.lab.Files) || g.lab.Dir == "" {
		return nil
	}
	for _, file := range g.absent {
		stub, err := os.ReadFile(filepath.Join(g.lab.Dir, file))
		if err != nil {
			return fmt.Errorf("stub of %s: %w", g.lab.ID, err)
		}
		g.found.Subject.Files[file] = stub
		g.note(file, "is not there: the stub stands in for it")
	}
	return nil
}

func (g *gatherer) missingMessage() string {
	where := g.dir
	if where == "." {
		where = "the submission"
	}
	message := listed(g.lab.Files, "and") + " not found in " + where
	for _, file := range g.lab.Files {
		if twin := g.otherSpelling(file); twin != "" {
			message += "; " + shown(twin) + " is there: rename it to " + file
		}
	}
	return message
}

func (g *gatherer) note(file, text string) {
	g.found.Subject.Notices = append(g.found.Subject.Notices, Notice{Path: path.Join(g.dir, file), Text: text})
}

// notice remarks on everything in the folder that is not taken.
func (g *gatherer) notice() {
	var junk []string
	for _, e := range g.entries {
		switch {
		case slices.Contains(g.lab.Files, e.name), isKitText(e.name):
		case slices.Contains(g.lab.Given, e.name), e.name == g.lab.Name+testSuffix:
			if !g.sameAsKit(e) {
				g.note(e.name, "your copy is not used: the kit's own always is")
			}
		case isModuleFile(e.name):
			g.note(e.name, "not used: the kit's own go.mod always rules")
		case strings.HasSuffix(e.name, testSuffix):
			g.note(e.name, "your own tests are welcome, but the grader does not run them")
		case path.Ext(e.name) == ".go" && !isJunk(e.name):
			g.note(e.name, "not taken: this lab takes only "+listed(g.lab.Files, "and"))
		default:
			junk = append(junk, e.name)
		}
	}
	g.found.Subject.Notices = capped(g.found.Subject.Notices)
	if len(junk) > 0 {
		g.found.Subject.Notices = append(g.found.Subject.Notices, junkNotice(junk))
	}
}

// sameAsKit reports whether an ignored file is an unchanged copy of the kit's, as
// it is for everybody who hands in the folder as it stands.
func (g *gatherer) sameAsKit(e entry) bool {
	if g.lab.Dir == "" || e.kind != regularFile || e.copies > 1 {
		return false
	}
	own, err := os.ReadFile(filepath.Join(g.lab.Dir, e.name))
	if err != nil {
		return false // the kit has no such file: the copy is the student's own
	}
	theirs, err := g.tree.read(path.Join(g.dir, e.name), g.limits.FileBytes)
	return err == nil && bytes.Equal(own, theirs)
}

// absent reports a named lab of which the submission holds nothing.
func absent(lab Wanted, name string, l layout) Found {
	var others []string
	for id := range l.spots {
		others = append(others, id)
	}
	slices.Sort(others)
	message := "no " + lab.ID + "/ in the submission"
	if len(others) > 0 {
		message += ", which holds " + listed(others, "and")
	}
	message += unfollowed(l.links)
	return Found{LabID: lab.ID, Status: Missing, Message: message, Subject: Subject{LabID: lab.ID, Name: name}}
}
