package proof_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/proof"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// tinyLab lays out the kit of testdata/tiny.txtar: a lab with two checks, five mutants and an alternate.
func tinyLab(t *testing.T) *kit.Lab {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/tiny.txtar")
	require.NoError(t, err)
	root := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(root, f.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, f.Data, 0o644))
	}
	k, err := kit.Load(root)
	require.NoError(t, err)
	return k.Lab("ch04-concurrency/tiny")
}

// oracle grades by looking the subject up: subject name → check → cause ("" passed, "?" not judged).
type oracle struct {
	causes  map[string]map[string]record.Cause
	visible map[string]bool
	fickle  string // the subject whose second grading differs

	mu     sync.Mutex
	graded map[string]int // how often each subject was
	on     map[string][]grading.Servers
}

// numbered stands for a provider's servers.
type numbered struct {
	grading.Servers
	place int
}

func honest() *oracle {
	return &oracle{
		causes: map[string]map[string]record.Cause{
			"stub":            {"TestOne": record.NotImplemented, "TestTwo": record.NotImplemented},
			"solution":        {},
			"alternate other": {},
			"mutant negative": {"TestOne": record.WrongResult},
			"mutant panics":   {"TestOne": record.Panic, "TestTwo": record.Panic},
			"mutant three":    {"TestTwo": record.WrongResult},
			"mutant two":      {"TestOne": record.WrongResult},
			"mutant waits":    {"TestTwo": record.Deadlock},
		},
		visible: map[string]bool{"solution": true, "alternate other": true},
	}
}

func (o *oracle) GradeOn(_ context.Context, s *subject.Subject, on []grading.Servers) []*score.Lab {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.graded == nil {
		o.graded, o.on = map[string]int{}, map[string][]grading.Servers{}
	}
	o.graded[s.Name] += len(on)
	o.on[s.Name] = append(o.on[s.Name], on...)
	var all []*score.Lab
	for i := range on {
		var results []record.Result
		for _, c := range s.Lab.Checks {
			cause := o.causes[s.Name][c.Test]
			r := record.Result{Verdict: record.Failed, Cause: cause}
			switch cause {
			case "":
				r.Verdict = record.Passed
			case "?":
				r = record.Result{Verdict: record.NotJudged}
			}
			if o.fickle == s.Name && i == 1 {
				r.Message = "something else"
			}
			results = append(results, r)
		}
		all = append(all, score.Of(s.Lab, results))
	}
	return all
}

func (o *oracle) Visible(_ context.Context, s *subject.Subject) ([]run.PlainResult, error) {
	return []run.PlainResult{{Name: "TestSeen", Passed: o.visible[s.Name]}}, nil
}

func prove(t *testing.T, o *oracle, providers ...string) []*proof.Lab {
	t.Helper()
	var ps []proof.Provider
	for _, name := range providers {
		ps = append(ps, proof.Provider{Name: name})
	}
	proofs, err := proof.Prove(t.Context(), o, tinyLab(t), proof.Terms{Providers: ps, Times: 3, Progress: func(*proof.Row) {}})
	require.NoError(t, err)
	return proofs
}

// problems are all that a proof complains about, one line each.
func problems(proofs ...*proof.Lab) string {
	return strings.Join(proof.Unexpected(proofs), "\n")
}

func TestAnHonestLabIsProven(t *testing.T) {
	proofs := prove(t, honest(), "process", "embedded")
	require.Len(t, proofs, 2)
	for _, p := range proofs {
		require.Empty(t, problems(p))
	}
	var matrix bytes.Buffer
	proofs[0].Matrix(&matrix)
	require.Equal(t, `ch04-concurrency/tiny on process
  ┌─TestOne (60)
  │ ┌─TestTwo (40)
  N N  stub             as expected
  · ·  solution         as expected
  · ·  alternate other  as expected
  W ·  mutant negative  as expected
  P P  mutant panics    as expected
  · W  mutant three     as expected
  W ·  mutant two       as expected
  · D  mutant waits     as expected
  · passed, W wrong result, D deadlock, P panic, N not implemented
`, matrix.String())
}

func TestWhatIsNotAsExpectedIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*oracle)
		want  string
	}{
		"a mutant that survives":         {func(o *oracle) { delete(o.causes["mutant three"], "TestTwo") }, "mutant three: TestTwo passes, but grader/suites/ch04-concurrency/tiny/mutants/three.patch says that it fails (wrong result)"},
		"a mutant that fails more":       {func(o *oracle) { o.causes["mutant three"]["TestOne"] = record.Panic }, "mutant three: TestOne fails (panic), but grader/suites/ch04-concurrency/tiny/mutants/three.patch does not say so"},
		"a mutant with another cause":    {func(o *oracle) { o.causes["mutant waits"]["TestTwo"] = record.Timeout }, "mutant waits: TestTwo fails with cause \"timeout\", but grader/suites/ch04-concurrency/tiny/mutants/waits.patch says \"deadlock\""},
		"a stub that scores":             {func(o *oracle) { delete(o.causes["stub"], "TestOne") }, "stub: TestOne passes, but the stub must score 0"},
		"a solution that fails":          {func(o *oracle) { o.causes["solution"]["TestOne"] = record.Deadlock }, "solution: TestOne fails (deadlock)"},
		"an alternate that fails":        {func(o *oracle) { o.causes["alternate other"]["TestTwo"] = record.Panic }, "alternate other: TestTwo fails (panic)"},
		"a stub that passes visible":     {func(o *oracle) { o.visible["stub"] = true }, "stub: visible TestSeen: passed = true, expected false"},
		"a solution that fails visible":  {func(o *oracle) { o.visible["solution"] = false }, "solution: visible TestSeen: passed = false, expected true"},
		"a grade that differs next time": {func(o *oracle) { o.fickle = "mutant two" }, "mutant two: gradings 1 and 2 differ"},
	} {
		t.Run(name, func(t *testing.T) {
			o := honest()
			c.spoil(o)
			p := prove(t, o, "process")[0]
			require.Contains(t, problems(p), c.want)
		})
	}
}

// A check that this provider cannot judge proves nothing there, but it must be judged somewhere.
func TestChecksMustBeJudgedSomewhere(t *testing.T) {
	blind := honest()
	for _, checks := range blind.causes {
		checks["TestTwo"] = "?"
	}
	embedded := prove(t, blind, "embedded")
	require.Empty(t, problems(embedded[0]))
	require.Equal(t, []string{"ch04-concurrency/tiny, TestTwo: judged on none of the providers"},
		proof.Compare([]*kit.Lab{embedded[0].Lab}, embedded))

	both := append(embedded, prove(t, honest(), "process")...)
	require.Empty(t, proof.Compare([]*kit.Lab{embedded[0].Lab}, both))
}

// A spread mutant is graded as often as asked for in all, wherever; what must get full marks, or none, is graded everywhere.
func TestMutantsAreSpread(t *testing.T) {
	o := honest()
	providers := []proof.Provider{{Name: "embedded"}, {Name: "container"}, {Name: "process"}}
	for i := range providers {
		providers[i].Servers = numbered{place: i}
	}
	proofs, err := proof.Prove(t.Context(), o, tinyLab(t), proof.Terms{Providers: providers, Spread: true, Times: 4, Progress: func(r *proof.Row) {
		require.NotNil(t, r)
	}})
	require.NoError(t, err)
	require.Empty(t, problems(proofs...))
	times := map[string][]int{}
	for name, on := range o.on {
		times[name] = make([]int, len(providers))
		for _, servers := range on {
			times[name][servers.(numbered).place]++
		}
	}
	require.Equal(t, map[string][]int{
		"stub": {4, 2, 2}, "solution": {4, 2, 2}, "alternate other": {4, 2, 2},
		"mutant negative": {2, 0, 2}, "mutant panics": {4, 0, 0}, "mutant three": {2, 2, 0}, "mutant two": {4, 0, 0}, "mutant waits": {4, 0, 0},
	}, times)
	require.Len(t, proofs[0].Rows, 8)
	require.Len(t, proofs[1].Rows, 4)
	require.Len(t, proofs[2].Rows, 4)
}

// When there is no time left, mutants are left out, and nothing else.
func TestWhatThereIsNoTimeForIsCounted(t *testing.T) {
	o := honest()
	providers := []proof.Provider{{Name: "embedded"}, {Name: "process"}}
	proofs, err := proof.Prove(t.Context(), o, tinyLab(t), proof.Terms{Providers: providers, Times: 2, Until: time.Now(), Progress: func(r *proof.Row) {}})
	require.NoError(t, err)
	require.Empty(t, problems(proofs...))
	require.Equal(t, map[string]int{"stub": 4, "solution": 4, "alternate other": 4}, o.graded)
	require.Equal(t, []int{5, 0}, []int{proofs[0].LeftOut, proofs[1].LeftOut})
	require.Equal(t, []int{3, 3}, []int{len(proofs[0].Rows), len(proofs[1].Rows)})
}

func TestProvidersMustAgree(t *testing.T) {
	other := honest()
	other.causes["mutant waits"]["TestTwo"] = record.Timeout
	both := append(prove(t, honest(), "process"), prove(t, other, "embedded")...)
	require.Equal(t, []string{"ch04-concurrency/tiny, mutant waits, TestTwo: failed deadlock on process but failed timeout on embedded"},
		proof.Compare([]*kit.Lab{both[0].Lab}, both))
}

func TestALabNeedsMutantsAnAlternateAndNoIdleCheck(t *testing.T) {
	lab := tinyLab(t)
	for _, gone := range []string{"mutants/waits.patch", "mutants/three.patch", "mutants/panics.patch", "alternates"} {
		require.NoError(t, os.RemoveAll(filepath.Join(lab.SuiteDir(), gone)))
	}
	proofs, err := proof.Prove(t.Context(), honest(), lab, proof.Terms{Providers: []proof.Provider{{Name: "process"}}, Times: 2, Progress: func(*proof.Row) {}})
	require.NoError(t, err)
	require.Equal(t, []string{
		"ch04-concurrency/tiny has 2 mutants; a lab has at least 5",
		"ch04-concurrency/tiny has no alternate solution",
		"no mutant fails TestTwo: a rule without a mutant is not a check",
	}, proofs[0].Problems)
}

func TestBrokenPatchesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no bug":           {"Bug: ", "Big: ", "negative.patch: the header has no line \"Bug: …\""},
		"an unknown check": {"TestOne (wrong", "TestNine (wrong", "names TestNine, which is no check"},
		"an unknown cause": {"(wrong result)", "(bad luck)", "names the cause \"bad luck\""},
		"no cause":         {" (wrong result)", "", "it should read like"},
		"a stale patch":    {"-\treturn 1", "-\treturn 7", "record the patch anew"},
		"another file":     {"a/tiny.go\n+++ b/tiny.go", "a/api.go\n+++ b/api.go", "it can change only what the student submits"},
		"no diff":          {"--- a/tiny.go\n+++ b/tiny.go\n@@ -1,5 +1,5 @@\n package tiny\n \n func New() int {\n-\treturn 1\n+\treturn -1\n }\n", "", "there is no diff"},
	} {
		t.Run(name, func(t *testing.T) {
			lab := tinyLab(t)
			patch := filepath.Join(lab.SuiteDir(), "mutants", "negative.patch")
			text, err := os.ReadFile(patch)
			require.NoError(t, err)
			require.Contains(t, string(text), c.old)
			require.NoError(t, os.WriteFile(patch, []byte(strings.Replace(string(text), c.old, c.new, 1)), 0o644))
			_, err = subject.Mutants(lab)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestMutantsChangeACopy(t *testing.T) {
	lab := tinyLab(t)
	solution, err := subject.Solution(lab)
	require.NoError(t, err)
	before := maps.Clone(solution.Files)
	mutants, err := subject.Mutants(lab)
	require.NoError(t, err)
	require.Equal(t, before, solution.Files)
	seen := map[string]bool{solution.Digest(): true}
	for _, m := range mutants {
		require.False(t, seen[m.Digest()], "%s is the same as another subject", m.Name)
		seen[m.Digest()] = true
	}
	require.Equal(t, "New returns minus one.", mutants[0].Bug)
}
