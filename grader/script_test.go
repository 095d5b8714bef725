package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/policy"
	"scalelab/grader/internal/score"
)

func TestMain(m *testing.M) {
	if os.Getenv(policy.WorkerVariable) != "" {
		main() // this binary stands in for the grader also as the worker of the policy
	}
	testscript.Main(m, map[string]func(){"grader": main})
}

// TestScript runs the command line's specifications below testdata/script. Each begins with a sentence that says what it shows.
// Beside testscript's own commands there is
//
//	exits CODE grader ARGS…    runs the grader and requires that very exit code
//	token FILE                 sets TOKEN to the first replay token of the scorecard in FILE
func TestScript(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	goEnv := func(name string) string {
		value, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(value))
	}
	goRoot := goEnv("GOROOT")
	caches := []string{"GOCACHE=" + goEnv("GOCACHE"), "GOMODCACHE=" + goEnv("GOMODCACHE"), "GOPATH=" + goEnv("GOPATH")}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, "SCALELAB_ROOT="+root, "KIT="+root, "NO_COLOR=1", "SCALELAB_SERVICES=embedded")
			env.Vars = append(env.Vars, caches...)
			env.Vars = append(env.Vars, "XDG_CACHE_HOME="+filepath.Join(env.WorkDir, "cache"))
			commands, _, _ := strings.Cut(env.Getenv("PATH"), string(os.PathListSeparator)) // where testscript put the grader
			env.Vars = append(env.Vars, "BARE_PATH="+commands+string(os.PathListSeparator)+filepath.Join(goRoot, "bin"))
			return nil
		},
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "token": token},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// exits runs a command and compares its exit code; its output can be matched as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// token takes the first replay token out of a scorecard.
func token(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: token FILE")
	}
	var card score.Scorecard
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &card))
	for _, lab := range card.Labs {
		for _, c := range lab.Checks {
			if c.Replay != "" {
				ts.Setenv("TOKEN", c.Replay)
				return
			}
		}
	}
	ts.Fatalf("%s has no replay token", args[0])
}
