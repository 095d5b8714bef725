//go:build linux

package intake

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// lab makes an empty lab folder in a submission and returns both paths.
func lab(t *testing.T) (submission, labDir string) {
	t.Helper()
	submission = filepath.Join(t.TempDir(), "ada")
	labDir = filepath.Join(submission, "ch04-concurrency", "boundedbuffer")
	require.NoError(t, os.MkdirAll(labDir, 0o755))
	return submission, labDir
}

func TestSparseGigabyteIsRefusedUnread(t *testing.T) {
	dir, labDir := lab(t)
	f, err := os.Create(filepath.Join(labDir, "boundedbuffer.go"))
	require.NoError(t, err)
	require.NoError(t, f.Truncate(1<<30))
	require.NoError(t, f.Close())
	labs := kit(t)
	var sub *Submission
	used := allocated(func() { sub, err = Open(dir, labs, Limits{}) })
	golden(t, "sparse-gigabyte", describe(dir, sub, err))
	require.Less(t, used, uint64(little))
}

func TestPipeIsNeverOpened(t *testing.T) {
	dir, labDir := lab(t)
	require.NoError(t, syscall.Mkfifo(filepath.Join(labDir, "boundedbuffer.go"), 0o644))
	require.NoError(t, syscall.Mkfifo(filepath.Join(labDir, "api.go"), 0o644))
	sub, err := Open(dir, kit(t), Limits{}) // would block for ever
	golden(t, "named-pipe", describe(dir, sub, err))
}

func TestPipeAsSubmission(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ada.zip")
	require.NoError(t, syscall.Mkfifo(path, 0o644))
	sub, err := Open(path, kit(t), Limits{})
	golden(t, "named-pipe-as-submission", describe(path, sub, err))
}

func TestSocketIsNeverOpened(t *testing.T) {
	dir, labDir := lab(t)
	t.Chdir(labDir) // the path of a socket must be short
	listener, err := net.Listen("unix", "boundedbuffer.go")
	require.NoError(t, err)
	defer listener.Close()
	labs := kit(t)
	sub, err := Open(dir, labs, Limits{})
	text := describe(dir, sub, err)
	t.Chdir(packageDir)
	golden(t, "socket", text)
}

var packageDir, _ = os.Getwd()

func TestLinkedFile(t *testing.T) {
	dir, labDir := lab(t)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(labDir, "boundedbuffer.go")))
	sub, err := Open(dir, kit(t), Limits{})
	golden(t, "linked-file", describe(dir, sub, err))
}

func TestLinkedFileInsideTheSubmission(t *testing.T) {
	dir, labDir := lab(t)
	write(t, dir, map[string]string{"real.go": bufferSource})
	require.NoError(t, os.Symlink("../../real.go", filepath.Join(labDir, "boundedbuffer.go")))
	sub, err := Open(dir, kit(t), Limits{})
	golden(t, "linked-file-inside-the-submission", describe(dir, sub, err))
}

func TestLinkedLabFolder(t *testing.T) {
	elsewhere := t.TempDir()
	write(t, elsewhere, map[string]string{"boundedbuffer.go": bufferSource})
	dir := filepath.Join(t.TempDir(), "ada")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "labs", "ch04-concurrency"), 0o755))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "labs", "ch04-concurrency", "boundedbuffer")))
	sub, err := Open(dir, kit(t), Limits{})
	golden(t, "linked-lab-folder", describe(dir, sub, err))
}

func TestLinkedChapterFolder(t *testing.T) {
	elsewhere := t.TempDir()
	write(t, elsewhere, map[string]string{"boundedbuffer/boundedbuffer.go": bufferSource})
	dir := filepath.Join(t.TempDir(), "ada")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "ch04-concurrency")))
	labs := kit(t)
	sub, err := Open(dir, labs, Limits{})
	golden(t, "linked-chapter-folder", describe(dir, sub, err))

	write(t, dir, map[string]string{"ch06-caching/cacheaside/cacheaside.go": cacheSource})
	sub, err = Open(dir, asking(labs, "boundedbuffer"), Limits{})
	golden(t, "linked-chapter-folder-named-lab", describe(dir, sub, err))
}

func TestLinkToTheSubmissionIsFollowed(t *testing.T) {
	dir, labDir := lab(t)
	write(t, labDir, map[string]string{"boundedbuffer.go": bufferSource})
	link := filepath.Join(t.TempDir(), "grace")
	require.NoError(t, os.Symlink(dir, link))
	sub, err := Open(link, kit(t), Limits{})
	require.NoError(t, err)
	require.Equal(t, Taken, sub.Labs[0].Status)
	require.Equal(t, "grace", sub.Name)
}

// A folder that changes while it is read: what was a file at the first look has
// become a pipe, a link or another file at the second.
func TestFileThatChangesUnderOurHands(t *testing.T) {
	swaps := map[string]func(file string) error{
		"pipe": func(file string) error { return syscall.Mkfifo(file, 0o644) },
		"link": func(file string) error { return os.Symlink("/etc/passwd", file) },
	}
	for name, swap := range swaps {
		t.Run(name, func(t *testing.T) {
			dir, labDir := lab(t)
			write(t, labDir, map[string]string{"boundedbuffer.go": bufferSource})
			d, err := openDisk(dir, Limits{}.orDefaults())
			require.NoError(t, err)
			defer d.close()
			_, err = d.list("ch04-concurrency/boundedbuffer")
			require.NoError(t, err)
			require.NoError(t, os.Remove(filepath.Join(labDir, "boundedbuffer.go")))
			require.NoError(t, swap(filepath.Join(labDir, "boundedbuffer.go")))
			_, err = d.read("ch04-concurrency/boundedbuffer/boundedbuffer.go", 1000)
			require.ErrorContains(t, err, "changed while it was read")
		})
	}
}

func TestUnreadable(t *testing.T) {
	situations := map[string]func(submission, labDir string) error{
		"unreadable-file":       func(_, labDir string) error { return os.Chmod(filepath.Join(labDir, "boundedbuffer.go"), 0) },
		"unreadable-lab-folder": func(_, labDir string) error { return os.Chmod(labDir, 0) },
		"unreadable-submission": func(dir, _ string) error { return os.Chmod(dir, 0) },
		"unreadable-given-file": func(_, labDir string) error { return os.Chmod(filepath.Join(labDir, "api.go"), 0) },
	}
	labs := kit(t)
	for name, forbid := range situations {
		t.Run(name, func(t *testing.T) {
			dir, labDir := lab(t)
			write(t, labDir, map[string]string{"boundedbuffer.go": bufferSource, "api.go": apiSource})
			require.NoError(t, forbid(dir, labDir))
			var text string
			asSomebodyElse(t, dir, func() {
				sub, err := Open(dir, labs, Limits{})
				text = describe(dir, sub, err)
			})
			require.NoError(t, os.Chmod(dir, 0o755))
			require.NoError(t, os.Chmod(labDir, 0o755))
			golden(t, name, text)
		})
	}
}

// asSomebodyElse runs f without the superuser's right to read everything, which
// this thread gives up for file systems alone.
func asSomebodyElse(t *testing.T, dir string, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	for parent := filepath.Dir(dir); parent != os.TempDir() && parent != "/"; parent = filepath.Dir(parent) {
		require.NoError(t, os.Chmod(parent, 0o755))
	}
	const nobody = 65534
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	setFSUID := func(uid uintptr) { syscall.RawSyscall(syscall.SYS_SETFSUID, uid, 0, 0) }
	setFSUID(nobody)
	defer setFSUID(0)
	f()
}
