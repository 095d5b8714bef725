package run

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
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

// Only a process within execve may yet turn out to be ours; one without an environment, a dead one and the kernel's own are not.
func TestCarries(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		dead bool
		want answer
	}{
		"ours":           {env: []string{"A=1", "SCALELAB_RUN=ours"}, want: yes},
		"somebody's":     {env: []string{"SCALELAB_RUN=somebody's"}, want: no},
		"no environment": {env: []string{}, want: no},
		"dead":           {env: []string{"SCALELAB_RUN=ours"}, dead: true, want: no},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("sleep", "1000")
			cmd.Env = c.env
			require.NoError(t, cmd.Start())
			f := family{marker: "SCALELAB_RUN=ours"}
			if c.dead {
				require.NoError(t, cmd.Process.Kill())
				require.Eventually(t, func() bool {
					stat, err := os.ReadFile(procFile(cmd.Process.Pid, "stat"))
					return err == nil && strings.Contains(string(stat), ") Z ")
				}, 20*time.Second, time.Millisecond)
			}
			require.Eventually(t, func() bool { return f.carries(cmd.Process.Pid) != notYet }, 20*time.Second, time.Millisecond)
			require.Equal(t, c.want, f.carries(cmd.Process.Pid))
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
	kernel := family{marker: "SCALELAB_RUN=ours"}
	require.Equal(t, no, kernel.carries(2))
	require.Equal(t, no, kernel.carries(1<<30))
}
