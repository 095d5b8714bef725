package run

import (
	"fmt"
	"os"
	"slices"
	"testing"

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

func BenchmarkStrays(b *testing.B) {
	f := family{pid: lastPid(), marker: "SCALELAB_RUN=nobody", before: forks()}
	for b.Loop() {
		f.strays()
	}
}
