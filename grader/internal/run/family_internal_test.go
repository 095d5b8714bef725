package run

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestYounger(t *testing.T) {
	for _, c := range []struct {
		name                         string
		first, last, started, circle int
		want                         []int
	}{
		{"in order", 4, 6, 2, 10, []int{5, 6}},
		{"beyond the end of the circle", 8, 2, 4, 10, []int{1, 2, 9}},
		{"once round", 4, 6, 12, 10, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"the last is not known", 4, 0, 2, 10, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"the circle is not known", 4, 6, 2, 0, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			young := younger(c.first, c.last, c.started, c.circle)
			all := []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
			require.Equal(t, c.want, slices.DeleteFunc(all, func(pid int) bool { return !young(pid) }))
		})
	}
}

// What younger is told comes from files that only Linux has: a number that could not be had would make every search a long one.
func TestTheKernelTells(t *testing.T) {
	before := forks()
	require.Positive(t, before)
	require.Positive(t, lastPid())
	require.GreaterOrEqual(t, readNumber("/proc/sys/kernel/pid_max"), lastPid())
	require.DirExists(t, fmt.Sprintf("/proc/%d", os.Getpid()))
}

func TestDescendantsAreFoundAsLongAsTheirParentsLive(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "(read line; true) <&3 & read line <&3; true")
	in, out, err := os.Pipe()
	require.NoError(t, err)
	cmd.ExtraFiles = []*os.File{in}
	f, err := start(cmd, "SCALELAB_RUN=nobody")
	require.NoError(t, err)
	require.NoError(t, in.Close())
	var found []int
	for found = f.descendants(); len(found) < 1; found = f.descendants() {
		time.Sleep(time.Millisecond)
	}
	require.Len(t, found, 1)
	stat, err := os.ReadFile(procFile(found[0], "stat"))
	require.NoError(t, err)
	require.Equal(t, cmd.Process.Pid, parentIn(stat))
	require.NoError(t, out.Close())
	require.NoError(t, cmd.Wait())
	require.Empty(t, f.descendants())
}

func TestParentIn(t *testing.T) {
	require.Equal(t, 7, parentIn([]byte("12 (a) b (c)) S 7 12 12 0")))
	require.Zero(t, parentIn(nil))
	require.Zero(t, parentIn([]byte("12 (cut of")))
}

func BenchmarkStrays(b *testing.B) {
	f := family{pid: lastPid(), marker: "SCALELAB_RUN=nobody", before: forks()}
	for b.Loop() {
		f.strays()
	}
}
