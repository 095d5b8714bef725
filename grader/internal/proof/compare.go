package proof

import (
	"fmt"

	"scalelab/grader/internal/kit"
	"scalelab/pkg/check/record"
)

// Unexpected lists what is wrong in the proofs. It goes to the end of the report, where it is found also when a log keeps only that.
func Unexpected(proofs []*Lab) []string {
	var wrong []string
	for _, p := range proofs {
		where := p.Lab.ID + " on " + p.Provider
		for _, row := range p.Rows {
			for _, problem := range row.Problems {
				wrong = append(wrong, where+", "+row.Subject.Name+": "+problem)
			}
		}
		for _, problem := range p.Problems {
			wrong = append(wrong, where+": "+problem)
		}
	}
	return wrong
}

// Compare holds the proofs of different providers against each other: where two judged the same check of the same subject they
// must agree, and every check must be judged by at least one of them.
func Compare(labs []*kit.Lab, proofs []*Lab) []string {
	type cell struct{ lab, subject, check string }
	type seen struct {
		provider string
		verdict  string
	}
	first := map[cell]seen{}
	judged := map[string]bool{}
	var problems []string
	for _, p := range proofs {
		for _, row := range p.Rows {
			for _, c := range row.Result.Checks {
				if c.Verdict == record.NotJudged {
					continue
				}
				judged[p.Lab.ID+" "+c.ID] = true
				at := cell{p.Lab.ID, row.Subject.Name, c.ID}
				verdict := string(c.Verdict) + " " + string(c.Cause)
				if before, ok := first[at]; ok && before.verdict != verdict {
					problems = append(problems, fmt.Sprintf("%s, %s, %s: %s on %s but %s on %s",
						at.lab, at.subject, at.check, before.verdict, before.provider, verdict, p.Provider))
				}
				first[at] = seen{p.Provider, verdict}
			}
		}
	}
	for _, lab := range labs {
		for _, c := range lab.Checks {
			if !judged[lab.ID+" "+c.Test] {
				problems = append(problems, fmt.Sprintf("%s, %s: judged on none of the providers", lab.ID, c.Test))
			}
		}
	}
	return problems
}
