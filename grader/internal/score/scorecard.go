// Package score is the result of a grading and the arithmetic behind it.
//
// A scorecard is one document (docs/scorecard.schema.json). Everything in it follows from the submission alone, except what stands
// under a key named timing or environment; the rest of two gradings of the same files is the same, byte for byte.
//
// Passed, failed and could-not-tell are three things: a check that was not judged has no points (null), and then neither the lab nor
// the total has; at_least tells what is certain.
package score

import (
	"scalelab/pkg/check/record"
)

// Schema names the version of the document; it changes when a key changes its meaning or disappears.
const Schema = "scalelab/scorecard/1"

// Status of a lab.
type Status string

// The statuses. Only Graded and NotJudged labs have checks that ran.
const (
	Graded     Status = "graded"
	NotJudged  Status = "not judged"
	Refused    Status = "refused"
	BuildError Status = "build error"
	Missing    Status = "missing"
)

// Scorecard is the result for one submission.
type Scorecard struct {
	Schema      string      `json:"schema"`
	Submission  string      `json:"submission"`
	Points      *int        `json:"points"` // null if a lab was not judged
	Max         int         `json:"max"`
	AtLeast     int         `json:"at_least"`
	Labs        []*Lab      `json:"labs"`
	Notices     []string    `json:"notices"`
	Timing      Timing      `json:"timing"`
	Environment Environment `json:"environment"`
}

// Lab is the result for one lab.
type Lab struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	Points      *int        `json:"points"` // null if a check was not judged
	Max         int         `json:"max"`
	AtLeast     int         `json:"at_least"`
	Status      Status      `json:"status"`
	Subject     string      `json:"subject"`  // digest of the graded files; empty if there were none
	Message     string      `json:"message"`  // why the lab was not graded; empty if it was
	Problems    []Problem   `json:"problems"` // refusals and compiler errors
	Notices     []string    `json:"notices"`  // what intake left aside; costs no points
	Checks      []*Check    `json:"checks"`
	Timing      Timing      `json:"timing"`
	Environment Environment `json:"environment"`
}

// Problem is a refusal of the policy or an error of the compiler, with its place.
type Problem struct {
	Cause    record.Cause     `json:"cause"` // policy or build error
	Location *record.Location `json:"location"`
	Message  string           `json:"message"`
}

// Check is the result of one check.
type Check struct {
	ID          string            `json:"id"`
	Rule        string            `json:"rule"`
	Points      *int              `json:"points"` // null if not judged
	Max         int               `json:"max"`
	Verdict     record.Verdict    `json:"verdict"`
	Cause       record.Cause      `json:"cause"` // empty unless failed
	Message     string            `json:"message"`
	Location    *record.Location  `json:"location"`
	Evidence    []record.Evidence `json:"evidence"`
	Replay      string            `json:"replay,omitempty"`   // what `grader replay` takes, of a failure under explored interleavings
	Explored    string            `json:"explored,omitempty"` // how many interleavings were tried in vain
	Timing      Timing            `json:"timing"`
	Environment Environment       `json:"environment"`
}

// Timing holds durations in milliseconds; they differ from run to run. The stages are a lab's.
type Timing struct {
	Milliseconds int64 `json:"milliseconds"`
	Syntax       int64 `json:"syntax,omitempty"` // policy, before anything was compiled
	Build        int64 `json:"build,omitempty"`  // until every binary was there and the types were checked
	Checks       int64 `json:"checks,omitempty"` // all of them, as many at once as there are cores
}

// Environment holds what may differ between two machines or two runs.
type Environment map[string]string
