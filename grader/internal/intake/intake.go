// Package intake turns what a student handed in into subjects: the files that
// each lab asks for, and nothing else.
//
// A submission is a folder, a .zip or a .tar.gz. Wherever it comes from, it is
// read as one small tree, and these shapes are understood, at the top or inside
// up to three folders that wrap everything:
//
//	[labs/]<chapter>/<lab>/boundedbuffer.go    the kit's own layout
//	solutions/<chapter>/<lab>/boundedbuffer.go the same, on the staff's side
//	boundedbuffer.go                           a bare lab folder
//	<lab>/boundedbuffer.go                     bare lab folders side by side
//
// Three answers are kept apart:
//
//   - an error ([*InputError]): the submission cannot be read at all or safely;
//     nobody loses a point for it, somebody has to mend it;
//   - a lab that is [Refused] or [Missing]: this lab scores nothing, the others
//     are graded;
//   - a [Notice]: something was left out, and it costs nothing.
//
// Submissions are hostile until proven otherwise. Nothing is unpacked to disk;
// every read has a limit; only what lies there as a regular file is opened; links
// are never followed. What a tree cannot promise (that the code is harmless) is
// the next stage's work.
package intake

import (
	"path/filepath"
	"slices"
	"strings"
)

// Wanted is a lab that a submission may hold.
type Wanted struct {
	ID      string   // <chapter>/<lab>
	Chapter string   // ch04-concurrency
	Name    string   // boundedbuffer
	Files   []string // base names that the student hands in
	Given   []string // base names that the kit provides and that are ignored
	Dir     string   // labs/<id> of the kit, for the stub of an absent file; "" if there is none
	Named   bool     // asked for by name: reported missing when it is absent
}

// Status says what became of one lab.
type Status string

const (
	Taken   Status = "found"   // Subject.Files is complete
	Missing Status = "missing" // none of the lab's files are there
	Refused Status = "refused" // a file is there that cannot be taken as source
)

// Found is one lab of a submission.
type Found struct {
	LabID    string
	Status   Status
	Place    string    // folder inside the submission, "." for its top, "" if there is none
	Message  string    // Missing: what was looked for, and where
	Refusals []Refusal // Refused: why, one for each file
	Subject  Subject   // Files only if Taken; Notices always
}

// Refusal says why a file cannot be taken. Its rules are the ones that a
// source has to keep before anybody reads it.
type Refusal struct {
	File    string
	Rule    Rule
	Message string
}

// String is the refusal as a student reads it.
func (r Refusal) String() string { return r.File + ": " + r.Message }

// Rule names what a refused file broke.
type Rule string

const (
	RuleSize    Rule = "file-size"    // larger than Limits.FileBytes
	RuleRegular Rule = "regular-file" // a link, a folder, a pipe, a device
	RuleUnique  Rule = "one-file"     // twice in the archive, or two spellings of one name
	RuleText    Rule = "text"         // not UTF-8, or holds a NUL byte
)

// Submission is everything that was found.
type Submission struct {
	Name    string // the path's last element without an archive's suffix
	Labs    []Found
	Notices []Notice // of the submission as a whole
}

// Open reads the submission at path, a folder or an archive. The labs of the
// result are those that are there, in the order of wanted; if some labs are
// Named, exactly those. It fails with an *InputError, which is ErrNoLab when
// nothing in the submission looks like a lab.
func Open(path string, wanted []Wanted, limits Limits) (*Submission, error) {
	limits = limits.orDefaults()
	tree, err := openTree(path, wanted, limits)
	if err != nil {
		return nil, err
	}
	defer tree.close()
	return survey(path, tree, wanted, limits)
}

func survey(path string, tree tree, wanted []Wanted, limits Limits) (*Submission, error) {
	sub := &Submission{Name: submissionName(path)}
	layout, err := locate(path, sub.Name, tree, wanted)
	if err != nil {
		return nil, err
	}
	sub.Notices = layout.notices
	someNamed := slices.ContainsFunc(wanted, func(w Wanted) bool { return w.Named })
	for _, lab := range wanted {
		if someNamed && !lab.Named {
			continue
		}
		spot, there := layout.spots[lab.ID]
		if !there {
			if lab.Named {
				sub.Labs = append(sub.Labs, absent(lab, sub.Name, layout))
			}
			continue
		}
		found, err := gather(path, sub.Name, tree, lab, spot, limits)
		if err != nil {
			return nil, err
		}
		sub.Labs = append(sub.Labs, found)
	}
	return sub, nil
}

// submissionName is how reports call the submission at path.
func submissionName(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	name := filepath.Base(path)
	for _, suffix := range []string{".zip", ".tar.gz", ".tgz"} {
		if len(name) > len(suffix) && strings.EqualFold(name[len(name)-len(suffix):], suffix) {
			return name[:len(name)-len(suffix)]
		}
	}
	return name
}
