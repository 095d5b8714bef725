package subject

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"

	"scalelab/grader/internal/kit"
	"scalelab/pkg/check/record"
)

// Mutant is the solution with one misconception, and what the suite must say about it.
type Mutant struct {
	*Subject
	File  string                  // the patch, relative to the kit's root
	Bug   string                  // what is wrong, in a sentence or two
	Fails map[string]record.Cause // test function → cause; every other check must pass
}

// Mutants reads every patch of the lab's suite and applies it to the solution.
func Mutants(lab *kit.Lab) ([]*Mutant, error) {
	patches, err := filepath.Glob(filepath.Join(lab.SuiteDir(), "mutants", "*.patch"))
	if err != nil {
		return nil, err
	}
	solution, err := Solution(lab)
	if err != nil {
		return nil, err
	}
	var all []*Mutant
	for _, file := range patches {
		rel, err := filepath.Rel(lab.Root, file)
		if err != nil {
			return nil, err
		}
		m, err := readMutant(lab, solution, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.ToSlash(rel), err)
		}
		m.File = filepath.ToSlash(rel)
		all = append(all, m)
	}
	return all, nil
}

func readMutant(lab *kit.Lab, solution *Subject, file string) (*Mutant, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	header, diff := splitPatch(string(text))
	m := &Mutant{Subject: &Subject{
		Lab:   lab,
		Name:  "mutant " + strings.TrimSuffix(filepath.Base(file), ".patch"),
		Files: maps.Clone(solution.Files),
		Ours:  true,
	}}
	if m.Bug = field(header, "Bug"); m.Bug == "" {
		return nil, fmt.Errorf("the header has no line \"Bug: …\"")
	}
	if m.Fails, err = expectations(lab, field(header, "Fails")); err != nil {
		return nil, err
	}
	return m, applyPatch(m.Files, diff)
}

// splitPatch separates the header from the diff that follows it.
func splitPatch(text string) (header, diff string) {
	at := regexp.MustCompile(`(?m)^(diff |--- )`).FindStringIndex(text)
	if at == nil {
		return text, ""
	}
	return text[:at[0]], text[at[0]:]
}

// field returns the text after "Name:" up to the next field; it may wrap.
func field(header, name string) string {
	var words []string
	inside := false
	for line := range strings.Lines(header) {
		if key, rest, ok := strings.Cut(line, ":"); ok && regexp.MustCompile(`^[A-Z][a-z]+$`).MatchString(key) {
			inside = key == name
			line = rest
		}
		if inside {
			words = append(words, strings.Fields(line)...)
		}
	}
	return strings.Join(words, " ")
}

var expectation = regexp.MustCompile(`^(Test\w+) \(([a-z ]+)\)$`)

// expectations parses "TestX (deadlock), TestY (wrong result)".
func expectations(lab *kit.Lab, text string) (map[string]record.Cause, error) {
	fails := map[string]record.Cause{}
	for part := range strings.SplitSeq(text, ",") {
		match := expectation.FindStringSubmatch(strings.TrimSpace(part))
		if match == nil {
			return nil, fmt.Errorf("the header's \"Fails:\" has %q; it should read like TestX (deadlock), TestY (wrong result)", strings.TrimSpace(part))
		}
		if _, ok := lab.Check(match[1]); !ok {
			return nil, fmt.Errorf("the header's \"Fails:\" names %s, which is no check of %s", match[1], lab.ID)
		}
		if !slices.Contains(record.Causes(), record.Cause(match[2])) {
			return nil, fmt.Errorf("the header's \"Fails:\" names the cause %q, which does not exist", match[2])
		}
		fails[match[1]] = record.Cause(match[2])
	}
	return fails, nil
}

// applyPatch changes files as the unified diff says. It must apply exactly.
func applyPatch(files map[string][]byte, diff string) error {
	parsed, _, err := gitdiff.Parse(strings.NewReader(diff))
	if err != nil {
		return fmt.Errorf("parse the diff: %w", err)
	}
	if len(parsed) == 0 {
		return fmt.Errorf("there is no diff")
	}
	for _, change := range parsed {
		name := path.Base(change.NewName) // without the prefix a/ or b/
		source, ok := files[name]
		if !ok {
			return fmt.Errorf("the diff changes %s; it can change only what the student submits", name)
		}
		var out bytes.Buffer
		if err := gitdiff.Apply(&out, bytes.NewReader(source), change); err != nil {
			return fmt.Errorf("apply to %s (did the solution change? record the patch anew): %w", name, err)
		}
		files[name] = out.Bytes()
	}
	return nil
}
