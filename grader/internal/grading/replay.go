package grading

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"scalelab/grader/internal/files"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/interleave"
)

// Token names one execution of one check. It is bound to the files that were graded and to the suite and engine that graded them:
// with others it would name an execution that does not exist.
//
//	counter/TestNothingIsLost/3f9a01c2/77b0d41e/i1/1/u/0.3-1.2-0.1//6b0284b4
//	lab     check             files    kit      execution, as package interleave writes it
type Token struct {
	Lab, Check   string
	Files, Kit   string // the first digits of their digests
	Interleaving string
}

func (t Token) String() string {
	return strings.Join([]string{t.Lab, t.Check, t.Files, t.Kit, t.Interleaving}, "/")
}

// ParseToken takes a token apart. Whether there is such a lab, check and submission is not looked at.
func ParseToken(text string) (Token, error) {
	fields := strings.SplitN(strings.TrimSpace(text), "/", 5)
	if len(fields) != 5 || slices.Contains(fields, "") {
		return Token{}, fmt.Errorf("%q is not a replay token: copy it whole, as it stands under the failure in the report", text)
	}
	return Token{fields[0], fields[1], fields[2], fields[3], fields[4]}, nil
}

const digits = 8 // of a digest: enough to notice other files

// TokenFor binds an execution of the subject to the check, the files and the kit. An empty interleaving has none.
func TokenFor(s *subject.Subject, check, interleaving string) string {
	if interleaving == "" {
		return ""
	}
	version, err := KitDigest(s.Lab)
	if err != nil {
		return ""
	}
	return Token{s.Lab.Name, check, s.Digest()[:digits], version, interleaving}.String()
}

// KitDigest is the version of what decides about a lab's executions: the suite, the given files and the engine.
func KitDigest(lab *kit.Lab) (string, error) {
	h := sha256.New()
	suite, err := filepath.Glob(filepath.Join(lab.SuiteDir(), "*.go"))
	if err != nil {
		return "", err
	}
	for _, name := range lab.Given {
		suite = append(suite, filepath.Join(lab.SolutionDir(), name))
	}
	for _, name := range suite {
		if err := files.Digest(h, name); err != nil {
			return "", err
		}
	}
	err = files.DigestTree(h, filepath.Join(lab.Root, "pkg", "interleave"), func(d fs.DirEntry) bool {
		return d.IsDir() || filepath.Ext(d.Name()) == ".go" && !strings.HasSuffix(d.Name(), "_test.go")
	})
	return hex.EncodeToString(h.Sum(nil))[:digits], err
}

// Replay runs one execution of one check again and judges it like any other.
func (b *Bench) Replay(ctx context.Context, s *subject.Subject, check kit.Check, interleaving string) *score.Lab {
	lab := *s.Lab
	lab.Checks = []kit.Check{check}
	only := *s
	only.Lab = &lab
	return b.grade(ctx, &only, []Servers{nil}, interleave.ReplayVariable+"="+interleaving)[0]
}
