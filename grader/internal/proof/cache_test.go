package proof_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/proof"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
)

// author proves the tiny lab again and again, with one cache.
type author struct {
	t   *testing.T
	lab *kit.Lab
	dir string
}

func newAuthor(t *testing.T) *author { return &author{t, tinyLab(t), t.TempDir()} }

// session is one run of verify.
type session struct {
	times    int // 2 if it is 0
	fresh    bool
	settings []string
	others   bool // the servers are no part of the kit
	ctx      context.Context
}

func (a *author) proves(o proof.Grader, r session) *proof.Lab {
	a.t.Helper()
	cache, err := proof.OpenCache(a.dir, a.lab.Root, r.fresh, r.settings...)
	require.NoError(a.t, err)
	if r.ctx == nil {
		r.ctx = a.t.Context()
	}
	proofs, err := proof.Prove(r.ctx, o, a.lab, proof.Terms{
		Providers: []proof.Provider{{Name: "embedded", Ours: !r.others}}, Times: max(2, r.times), Progress: func(*proof.Row) {}, Cache: cache,
	})
	require.Equal(a.t, r.ctx.Err(), err)
	return proofs[0]
}

// graded is how often the subjects were graded in such a run, where all else is well.
func (a *author) graded(r session) map[string]int {
	a.t.Helper()
	o := honest()
	p := a.proves(o, r)
	require.Empty(a.t, problems(p))
	require.Len(a.t, p.Rows, 8)
	require.LessOrEqual(a.t, p.Cached(), len(p.Rows)-len(o.graded))
	return o.graded
}

func (a *author) writes(name, text string) {
	a.t.Helper()
	file := filepath.Join(a.lab.Root, filepath.FromSlash(name))
	require.NoError(a.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(a.t, os.WriteFile(file, []byte(text), 0o644))
}

func TestWhatHasNotChangedIsNotGradedAgain(t *testing.T) {
	a := newAuthor(t)
	require.Len(t, a.graded(session{}), 8)
	require.Empty(t, a.graded(session{}))

	b := newAuthor(t)
	first := b.proves(honest(), session{})
	require.Zero(t, first.Cached())
	again := b.proves(honest(), session{})
	require.Equal(t, 8, again.Cached())
	require.Equal(t, first.Rows[3].Result, again.Rows[3].Result, "what is remembered is what was graded")
}

func TestWhatAGradeFollowsFromIsGradedAgain(t *testing.T) {
	const suite, lab, solution = "grader/suites/ch04-concurrency/tiny/", "labs/ch04-concurrency/tiny/", "solutions/ch04-concurrency/tiny/"
	for name, c := range map[string]struct {
		file, text string
		graded     int
	}{
		"the suite":             {suite + "suite_test.go", "package tiny_test // more", 8},
		"another suite file":    {suite + "more_test.go", "package tiny_test", 8},
		"data of the suite":     {suite + "testdata/trace.txt", "1 2 3", 8},
		"a given file":          {solution + "api.go", "package tiny // given", 8},
		"the visible tests":     {lab + "tiny_test.go", "package tiny", 8},
		"a package":             {"pkg/check/check.go", "package check // more", 8},
		"a new package":         {"pkg/other/other.go", "package other", 8},
		"a module":              {"go.sum", "example.com/m v1.0.0 h1:\n", 8},
		"the stub":              {lab + "tiny.go", "package tiny // a hint", 1},
		"an alternate":          {suite + "alternates/other/tiny.go", "package tiny // another", 1},
		"the README":            {lab + "README.md", "# A better one", 0},
		"notes":                 {solution + "NOTES.md", "# Why", 0},
		"a test of a package":   {"pkg/check/check_test.go", "package check // more", 0},
		"a mutant's header":     {suite + "mutants/two.patch", "", 0},
		"another lab's suite":   {"grader/suites/ch04-concurrency/large/suite_test.go", "package large_test", 0},
		"a package's test data": {"pkg/check/testdata/golden.txt", "golden", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthor(t)
			a.graded(session{})
			if c.text == "" {
				patch, err := os.ReadFile(filepath.Join(a.lab.Root, filepath.FromSlash(c.file)))
				require.NoError(t, err)
				c.text = "Bug: In other words.\n" + string(patch[len("Bug: New returns two.\n"):])
			}
			a.writes(c.file, c.text)
			require.Len(t, a.graded(session{}), c.graded)
			require.Empty(t, a.graded(session{}))
		})
	}
}

func TestOtherSettingsAndServersAreGradedAgain(t *testing.T) {
	a := newAuthor(t)
	a.graded(session{settings: []string{"go1.26.1", "0"}})
	require.Len(t, a.graded(session{settings: []string{"go1.26.1", "50"}}), 8)
	require.Empty(t, a.graded(session{settings: []string{"go1.26.1", "0"}}))

	for range 2 {
		require.Len(t, a.graded(session{others: true}), 8, "other servers may be others every time")
	}
	require.Len(t, a.graded(session{fresh: true}), 8)
}

// Gradings add up, so that many can be had in parts.
func TestGradingsAddUp(t *testing.T) {
	a := newAuthor(t)
	require.Equal(t, 3, a.graded(session{times: 3})["mutant two"])
	require.Equal(t, 67, a.graded(session{times: 70})["mutant two"])
	require.Empty(t, a.graded(session{times: 70}))
	require.Equal(t, 4, a.graded(session{times: 4, fresh: true})["mutant two"])
	require.Equal(t, 66, a.graded(session{times: 70})["mutant two"], "a fresh run has replaced what was kept")

	ctx, interrupt := context.WithCancel(t.Context())
	b := newAuthor(t)
	b.proves(&impatient{oracle: honest(), after: 60, interrupt: interrupt}, session{times: 120, ctx: ctx})
	require.Equal(t, 70, b.graded(session{times: 120})["solution"], "of an interrupted run, what was finished is kept")
}

// A grading that differs from those that are kept is as bad as one that differs from the one before; and then nothing is kept.
func TestADifferenceFromWhatIsKeptIsFound(t *testing.T) {
	a := newAuthor(t)
	a.graded(session{})
	changed := honest()
	changed.fickle = "mutant two"
	require.Contains(t, problems(a.proves(changed, session{times: 5})), "mutant two: gradings 3 and 4 differ")
	require.Equal(t, map[string]int{"mutant two": 5}, a.graded(session{times: 5}))
}

func TestWhatIsWrongOrNotJudgedIsNotKept(t *testing.T) {
	for name, spoil := range map[string]func(*oracle){
		"mutant three":    func(o *oracle) { delete(o.causes["mutant three"], "TestTwo") },
		"stub":            func(o *oracle) { o.visible["stub"] = true },
		"solution":        func(o *oracle) { o.causes["solution"]["TestOne"] = "?" },
		"alternate other": func(o *oracle) { o.visible["alternate other"] = false },
	} {
		t.Run(name, func(t *testing.T) {
			a, o := newAuthor(t), honest()
			spoil(o)
			a.proves(o, session{})
			require.Equal(t, map[string]int{name: 2}, a.graded(session{}))
		})
	}
}

func TestSpoiltAndOldEntriesAreNone(t *testing.T) {
	a := newAuthor(t)
	a.graded(session{})
	files, err := filepath.Glob(filepath.Join(a.dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 8)
	for i, text := range []string{"", "{}", "\x1f\x8b"} {
		require.NoError(t, os.WriteFile(files[i], []byte(text), 0o644))
	}
	require.Len(t, a.graded(session{}), 3)
	require.Empty(t, a.graded(session{}))

	longAgo := time.Now().Add(-40 * 24 * time.Hour)
	require.NoError(t, os.Chtimes(files[4], longAgo, longAgo))
	a.writes("go.sum", "example.com/m v1.0.0 h1:\n")
	require.Len(t, a.graded(session{}), 8)
	require.NoFileExists(t, files[4], "nobody has asked for it for long")
	require.FileExists(t, files[5])
}

// impatient interrupts the run when the solution has been graded so many times.
type impatient struct {
	*oracle
	after     int
	interrupt context.CancelFunc
}

func (i *impatient) GradeOn(ctx context.Context, s *subject.Subject, on []grading.Servers) []*score.Lab {
	results := i.oracle.GradeOn(ctx, s, on)
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	if s.Name == "solution" && i.oracle.graded[s.Name] > i.after {
		i.interrupt()
		return make([]*score.Lab, len(results))
	}
	return results
}
