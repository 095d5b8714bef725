package intake

// Subject is a set of student files for one lab. The stub, the reference
// solution, a mutant and a submission are all subjects.
type Subject struct {
	LabID   string
	Name    string            // how the submission is called
	Files   map[string][]byte // base name → source, as handed in
	Notices []Notice
}
