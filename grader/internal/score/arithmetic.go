package score

import (
	"scalelab/grader/internal/kit"
	"scalelab/pkg/check/record"
)

// Zero is the result of a lab whose checks did not run and that scores nothing: refused, build error, missing.
func Zero(lab *kit.Lab, status Status, cause record.Cause, message string) *Lab {
	return uniform(lab, status, message, func(c *Check) {
		c.Verdict, c.Cause, c.Message, c.Points = record.Failed, cause, message, points(0)
	})
}

// Unjudged is the result of a lab that could not be judged by a fault of the kit or the machine.
func Unjudged(lab *kit.Lab, why string) *Lab {
	return uniform(lab, NotJudged, why, func(c *Check) { c.Verdict, c.Message = record.NotJudged, why })
}

func uniform(lab *kit.Lab, status Status, message string, set func(*Check)) *Lab {
	l := NewLab(lab)
	l.Status, l.Message = status, message
	for _, c := range lab.Checks {
		check := newCheck(c)
		set(check)
		l.Checks = append(l.Checks, check)
	}
	l.add()
	return l
}

// NewLab is an empty result for the lab.
func NewLab(lab *kit.Lab) *Lab {
	return &Lab{ID: lab.ID, Title: lab.Title, Problems: []Problem{}, Notices: []string{}, Checks: []*Check{}, Environment: Environment{}}
}

func newCheck(c kit.Check) *Check {
	return &Check{ID: c.Test, Rule: c.Rule, Max: c.Points, Evidence: []record.Evidence{}, Environment: Environment{}}
}

// Of turns the results of a lab's checks, in the order of lab.yaml, into points.
func Of(lab *kit.Lab, results []record.Result) *Lab {
	l := NewLab(lab)
	for i, c := range lab.Checks {
		r := results[i]
		check := newCheck(c)
		check.Verdict, check.Cause, check.Message, check.Location = r.Verdict, r.Cause, r.Message, r.Location
		check.Explored = r.Explored
		switch r.Verdict {
		case record.Passed:
			check.Points = points(c.Points)
		case record.Failed:
			check.Points = points(0)
			check.Evidence = append(check.Evidence, r.Evidence...)
		}
		if r.Native != "" {
			check.Environment["native"] = r.Native
		}
		l.Checks = append(l.Checks, check)
	}
	l.Status = Graded
	l.add()
	return l
}

// add sums the checks up. One check without points leaves the lab without.
func (l *Lab) add() {
	l.Max, l.AtLeast, l.Points = 0, 0, nil
	complete := true
	for _, c := range l.Checks {
		l.Max += c.Max
		if c.Points == nil {
			complete = false
			continue
		}
		l.AtLeast += *c.Points
	}
	if complete {
		l.Points = points(l.AtLeast)
	} else {
		l.Status = NotJudged
	}
}

// Sum makes the scorecard of a submission from its labs.
func Sum(submission string, labs []*Lab) *Scorecard {
	card := &Scorecard{Schema: Schema, Submission: submission, Labs: labs, Notices: []string{}, Environment: Environment{}}
	complete := true
	for _, l := range labs {
		card.Max += l.Max
		card.AtLeast += l.AtLeast
		complete = complete && l.Points != nil
	}
	if complete {
		card.Points = points(card.AtLeast)
	}
	return card
}

func points(n int) *int { return &n }
