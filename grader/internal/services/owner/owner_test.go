package owner_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services/owner"
)

func TestTheLivingAreNotGone(t *testing.T) {
	require.False(t, owner.Self().Gone())
	require.Equal(t, os.Getpid(), owner.Self().PID())
	require.Regexp(t, `^[0-9a-f]{12}-\d+-\d+$`, string(owner.Self()))
}

func TestWhoIsNotKnownIsNotGone(t *testing.T) {
	for _, name := range []owner.Name{"", "x", "-1-1", "0123456789ab-1-1", "a-b-c", "a-b-c-d"} {
		require.False(t, name.Gone(), string(name))
	}
}

func TestANumberThatIsUsedAgainIsNotTheOwner(t *testing.T) {
	self := string(owner.Self())
	before := self[:strings.LastIndex(self, "-")+1] + "1" // our number, started just after boot
	require.True(t, owner.Name(before).Gone())
}

func TestSweepEndsWhatAKilledRunLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine, err := owner.NewFolder()
	require.NoError(t, err)
	left, err := owner.NewFolder()
	require.NoError(t, err)
	run := exec.Command("sleep", "1000")
	require.NoError(t, run.Start())
	require.NoError(t, left.NoteChild(run.Process.Pid))
	gone := string(owner.Self())
	gone = gone[:strings.LastIndex(gone, "-")+1] + "1"
	require.NoError(t, os.WriteFile(filepath.Join(left.Path(), "owner"), []byte(gone), 0o600))
	strange := filepath.Join(os.TempDir(), "scalelab-services-strange")
	require.NoError(t, os.Mkdir(strange, 0o755)) // not as NewFolder makes them
	require.NoError(t, os.WriteFile(filepath.Join(strange, "owner"), []byte(gone), 0o600))

	swept, err := owner.SweepFolders()
	require.NoError(t, err)
	require.Equal(t, 1, swept)
	require.Error(t, run.Wait(), "the child was killed")
	require.NoDirExists(t, left.Path())
	require.DirExists(t, mine.Path())
	require.DirExists(t, strange)
}
