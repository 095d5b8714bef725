package grading

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/policy"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// vetted is a subject whose text was read; its types are checked while the compiler works.
type vetted struct {
	subject *subject.Subject
	rules   policy.Rules
	source  *policy.Source
}

// vetSyntax reads the subject's text before anything is compiled. It returns a result if the lab ends here.
func vetSyntax(s *subject.Subject) (*vetted, *score.Lab) {
	rules, err := rulesOf(s.Lab)
	if err != nil {
		return nil, score.Unjudged(s.Lab, err.Error())
	}
	source, findings := policy.Syntax(s.Files, rules)
	if refused := refusal(s, findings); refused != nil {
		return nil, refused
	}
	return &vetted{subject: s, rules: rules, source: source}, nil
}

// vetTypes reads what the names mean. It returns a result if the lab ends here.
func (b *Bench) vetTypes(ctx context.Context, v *vetted) *score.Lab {
	findings, err := b.typeFindings(ctx, v)
	if err != nil {
		return score.Unjudged(v.subject.Lab, firstLine(err.Error()))
	}
	return refusal(v.subject, findings)
}

// typeFindings checks the kit's own subjects in this process, and everybody else's in a bounded one: a few lines of source can make
// a type checker use up all memory.
func (b *Bench) typeFindings(ctx context.Context, v *vetted) (policy.Findings, error) {
	exports, err := b.Imports.For(ctx, v.subject.Lab, v.rules)
	if err != nil {
		return policy.Findings{}, err
	}
	if v.subject.Ours {
		return policy.Types(v.source, exports, v.rules)
	}
	program, err := os.Executable()
	if err != nil {
		return policy.Findings{}, err
	}
	return policy.TypesIsolated(ctx, program, v.subject.Files, v.rules, exports)
}

// rulesOf are the policy's rules for the lab. The given files count as they are in the staff's half.
func rulesOf(lab *kit.Lab) (policy.Rules, error) {
	given := map[string][]byte{}
	for _, name := range lab.Given {
		source, err := os.ReadFile(filepath.Join(lab.SolutionDir(), name))
		if err != nil {
			return policy.Rules{}, fmt.Errorf("given file of %s: %w", lab.ID, err)
		}
		given[name] = source
	}
	explored := slices.ContainsFunc(lab.Checks, func(c kit.Check) bool { return c.Mode == kit.Interleave })
	return policy.Rules{
		Package: lab.Name, Path: lab.Package(), Imports: lab.Imports, API: lab.API, Given: given, NoState: explored,
	}, nil
}

// refusal turns findings into the lab's result; nil if there are none. What is not allowed weighs more than what does not compile.
func refusal(s *subject.Subject, found policy.Findings) *score.Lab {
	if found.OK() {
		return nil
	}
	result := score.Zero(s.Lab, score.BuildError, record.BuildError, "the code does not compile, or lacks what the lab asks for")
	if len(found.Refusals) > 0 {
		result = score.Zero(s.Lab, score.Refused, record.Policy, "the code uses what this lab does not allow")
	}
	for _, r := range found.Refusals {
		result.Problems = append(result.Problems, problem(record.Policy, r.File, r.Line, r.Message))
	}
	for _, e := range found.Errors {
		result.Problems = append(result.Problems, problem(record.BuildError, e.File, e.Line, e.Message))
	}
	return result
}

func problem(cause record.Cause, file string, line int, message string) score.Problem {
	p := score.Problem{Cause: cause, Message: message}
	if line > 0 {
		p.Location = &record.Location{File: file, Line: line}
	} else {
		p.Message = file + ": " + message
	}
	return p
}
