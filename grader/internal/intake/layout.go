package intake

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// layout says where in a submission each lab lies.
type layout struct {
	spots   map[string]place // by lab id: a folder, or what is in its place
	links   []string         // on the way to labs, and not followed
	notices []Notice
}

func newLayout() layout { return layout{spots: map[string]place{}} }

const deepestWrap = 3 // folders that may be wrapped around everything

// locate finds the labs: laid out like the kit, bare, or as bare folders side by
// side; at the top, or in the one folder that wraps everything.
func locate(where, name string, t tree, wanted []Wanted) (layout, error) {
	base := "."
	var links []string
	for range deepestWrap + 1 {
		for _, shape := range []func(tree, string, []Wanted) (layout, error){kitShaped, bareIn(where, name), sideBySide} {
			l, err := shape(t, base, wanted)
			if err != nil {
				return layout{}, err
			}
			if len(l.spots) > 0 {
				return l, nil
			}
			links = append(links, l.links...)
		}
		next, err := onlyFolder(t, base)
		if err != nil {
			return layout{}, err
		}
		if next == "" {
			break
		}
		base = next
	}
	return layout{}, noLab(where, t, base, wanted, links)
}

// kitShaped finds [labs/]<chapter>/<lab>, or else solutions/<chapter>/<lab>.
func kitShaped(t tree, base string, wanted []Wanted) (layout, error) {
	l := newLayout()
	for _, lab := range wanted {
		for _, half := range []string{"labs", ".", "solutions"} {
			p, err := reach(t, path.Join(base, half, lab.Chapter, lab.Name))
			if err != nil {
				return layout{}, err
			}
			l.consider(lab, p)
		}
	}
	return l, nil
}

// consider takes p for the lab's folder unless there is an earlier one, or
// nothing there. A link further up is no sign that the lab is behind it.
func (l *layout) consider(lab Wanted, p place) {
	used, twice := l.spots[lab.ID]
	switch {
	case p.kind == "":
	case p.stop != "" && p.stop != p.dir:
		if !slices.Contains(l.links, p.stop) {
			l.links = append(l.links, p.stop)
		}
	case twice:
		l.notices = append(l.notices, Notice{Path: p.dir, Text: "not used: " + lab.Name + " was taken from " + used.dir})
	default:
		l.spots[lab.ID] = p
	}
}

// sideBySide finds <lab>/ with at least one of the lab's files in it.
func sideBySide(t tree, base string, wanted []Wanted) (layout, error) {
	l := newLayout()
	for _, lab := range wanted {
		p, err := reach(t, path.Join(base, lab.Name))
		if err != nil {
			return layout{}, err
		}
		if p.kind == folder {
			entries, err := t.list(p.dir)
			if err != nil {
				return layout{}, err
			}
			if !holdsFileOf(lab, entries) {
				continue
			}
		}
		l.consider(lab, p)
	}
	return l, nil
}

// bareIn finds the one lab whose files lie directly in base.
func bareIn(where, name string) func(tree, string, []Wanted) (layout, error) {
	return func(t tree, base string, wanted []Wanted) (layout, error) {
		entries, err := t.list(base)
		if err != nil {
			return layout{}, err
		}
		var candidates []Wanted
		for _, lab := range wanted {
			if holdsFileOf(lab, entries) {
				candidates = append(candidates, lab)
			}
		}
		folderName := path.Base(base)
		if base == "." {
			folderName = name
		}
		lab, ok := single(candidates, folderName)
		if !ok && len(candidates) > 0 {
			return layout{}, ambiguous(where, base, candidates)
		}
		if !ok {
			return layout{}, nil
		}
		return layout{spots: map[string]place{lab.ID: {dir: base, kind: folder}}}, nil
	}
}

// single picks the lab that a bare folder stands for: the only one that fits, the
// only one that was named, or the one that the folder is called after.
func single(candidates []Wanted, folderName string) (Wanted, bool) {
	if len(candidates) == 1 {
		return candidates[0], true
	}
	for _, fits := range []func(Wanted) bool{
		func(w Wanted) bool { return w.Named },
		func(w Wanted) bool { return w.Name == folderName },
	} {
		some := slices.DeleteFunc(slices.Clone(candidates), func(w Wanted) bool { return !fits(w) })
		if len(some) == 1 {
			return some[0], true
		}
	}
	return Wanted{}, false
}

// holdsFileOf reports whether something lies under a name that the lab asks for,
// be it a file or not: a pipe of that name is the lab's, and will be refused.
func holdsFileOf(lab Wanted, entries []entry) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return slices.Contains(lab.Files, e.name) })
}

// onlyFolder is the one folder below base that is not junk, or "".
func onlyFolder(t tree, base string) (string, error) {
	entries, err := t.list(base)
	if err != nil {
		return "", err
	}
	folders := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.kind != folder || isJunk(e.name) })
	if len(folders) != 1 {
		return "", nil
	}
	return path.Join(base, folders[0].name), nil
}

func ambiguous(where, base string, candidates []Wanted) error {
	ids := make([]string, len(candidates))
	for i, lab := range candidates {
		ids[i] = lab.ID
	}
	return &InputError{Path: where, Entry: inside(base),
		Problem: "the files could belong to " + listed(ids, "or"),
		Remedy:  "name the lab, or lay the folder out as <chapter>/<lab>/"}
}

func noLab(where string, t tree, base string, wanted []Wanted, links []string) error {
	looked := "<chapter>/<lab>/ or the files of one lab"
	if len(wanted) > 0 {
		example := wanted[max(0, slices.IndexFunc(wanted, func(w Wanted) bool { return w.Named }))]
		looked = fmt.Sprintf("%s/%s/, or %s itself", example.Chapter, example.Name, strings.Join(example.Files, " and "))
		if len(wanted) > 1 {
			looked = "folders like " + looked
		}
	}
	return &InputError{Path: where, Entry: inside(base), Err: ErrNoLab,
		Problem: "no lab in it" + sample(t, base) + unfollowed(links),
		Remedy:  "looked for " + looked + "; give the folder or archive that holds it"}
}

// sample names a few things that are there, so that a wrong path is noticed.
func sample(t tree, base string) string {
	entries, err := t.list(base)
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if isJunk(e.name) {
			continue
		}
		if len(names) == mostJunkNamed {
			names = append(names, "…")
			break
		}
		name := shown(e.name)
		if e.kind != regularFile && e.kind != folder {
			name += ", " + string(e.kind)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ", it is empty"
	}
	return " (it holds " + strings.Join(names, ", ") + ")"
}

// unfollowed explains links that may have led to labs.
func unfollowed(links []string) string {
	if len(links) == 0 {
		return ""
	}
	return ", and links are not followed: " + strings.Join(links, ", ")
}

// listed joins words as a sentence does: "a, b or c".
func listed(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
