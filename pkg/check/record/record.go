// Package record is the language in which a running check tells the grader its result.
//
// The grader starts one process per check with two extra descriptors:
//
//	descriptor 3  the process writes records to it, one JSON object per line
//	descriptor 4  the grader wrote a key to it, once; every record must repeat the key
//
// A well-behaved process writes, in this order:
//
//	subject     which student files were compiled in (their digest)
//	unfinished  a stub was called (only if one was)
//	result      the verdict of the check
//	done        the process is about to exit, and how
//
// Nothing that the process prints is ever read as a result.
package record

import (
	"encoding/json"
	"fmt"
	"io"
)

// Descriptors of the two pipes, and the environment variable that names the check to judge.
const (
	ResultsFD = 3
	KeyFD     = 4
	CheckEnv  = "SCALELAB_CHECK"
)

// Kind of a record.
type Kind string

// The kinds, in the order in which they arrive.
const (
	KindSubject    Kind = "subject"
	KindUnfinished Kind = "unfinished"
	KindResult     Kind = "result"
	KindDone       Kind = "done"
)

// Record is one line on the results pipe; which fields are set depends on Kind.
type Record struct {
	Key     string  `json:"key"`
	Kind    Kind    `json:"kind"`
	Check   string  `json:"check,omitempty"`   // unfinished, result: name of the test function
	Subject string  `json:"subject,omitempty"` // subject: digest of the student's files
	Lab     string  `json:"lab,omitempty"`     // unfinished
	Func    string  `json:"func,omitempty"`    // unfinished
	Result  *Result `json:"result,omitempty"`  // result
	Exit    int     `json:"exit"`              // done: the exit status that follows
}

// Result is what one check found out.
type Result struct {
	Verdict  Verdict    `json:"verdict"`
	Cause    Cause      `json:"cause,omitempty"` // set when Verdict is Failed
	Message  string     `json:"message,omitempty"`
	Location *Location  `json:"location,omitempty"` // in the student's files
	Evidence []Evidence `json:"evidence,omitempty"`
	Replay   string     `json:"replay,omitempty"`   // token of the interleaving that fails, without what binds it to a check
	Explored string     `json:"explored,omitempty"` // of a check that passed: how many interleavings were tried
	Native   string     `json:"native,omitempty"`   // what Go printed; differs from run to run
}

// Verdict of a check.
type Verdict string

// The three verdicts. A fault of the kit, the machine or a service is NotJudged: it costs no point and never passes.
const (
	Passed    Verdict = "passed"
	Failed    Verdict = "failed"
	NotJudged Verdict = "not judged"
)

// Cause of a failed check.
type Cause string

// The causes. Timeout is used only when nothing more exact is known.
const (
	WrongResult    Cause = "wrong result"
	DataRace       Cause = "data race"
	Deadlock       Cause = "deadlock"
	GoroutineLeak  Cause = "goroutine leak"
	Livelock       Cause = "livelock"
	Timeout        Cause = "timeout"
	Panic          Cause = "panic"
	BuildError     Cause = "build error"
	Policy         Cause = "policy"
	ResourceLimit  Cause = "resource limit"
	Tampering      Cause = "tampering"
	NotImplemented Cause = "not implemented"
)

// Causes lists every cause, in the order of the documentation.
func Causes() []Cause {
	return []Cause{
		WrongResult, DataRace, Deadlock, GoroutineLeak, Livelock, Timeout, Panic,
		BuildError, Policy, ResourceLimit, Tampering, NotImplemented,
	}
}

// Location is a place in a student's file. File is a base name, Line counts from 1.
type Location struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func (l Location) String() string { return fmt.Sprintf("%s:%d", l.File, l.Line) }

// Evidence shows a failure: a picture, a history, got and want.
type Evidence struct {
	Kind  string `json:"kind"`  // one lower-case word or two: "goroutines", "history", "messages"
	Title string `json:"title"` // one line
	Text  string `json:"text"`  // at most 100 columns
	SVG   string `json:"svg"`   // self-contained, or empty
}

// Write appends the record to w as one line.
func Write(w io.Writer, r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %s record: %w", r.Kind, err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write %s record: %w", r.Kind, err)
	}
	return nil
}

// Read decodes every record of r. It returns what was well-formed before the first error.
func Read(r io.Reader) ([]Record, error) {
	var records []Record
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	for {
		var rec Record
		err := dec.Decode(&rec)
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, fmt.Errorf("record %d: %w", len(records)+1, err)
		}
		records = append(records, rec)
	}
}
