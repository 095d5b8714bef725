package owner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	folderPrefix = "scalelab-services-"
	ownerFile    = "owner"
	childrenFile = "children" // one Name per line, of the servers started from this folder
)

// Folder is the private place of one run for sockets, data and logs of its servers.
type Folder struct{ path string }

// NewFolder makes a folder that only this user can enter, marked as this process's.
func NewFolder() (*Folder, error) {
	path, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, fmt.Errorf("folder for services: %w", err)
	}
	if err := os.WriteFile(filepath.Join(path, ownerFile), []byte(Self()), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("folder for services: %w", err), os.RemoveAll(path))
	}
	return &Folder{path: path}, nil
}

// Path of the folder.
func (f *Folder) Path() string { return f.path }

// Sub makes a folder inside, for one server or one check.
func (f *Folder) Sub(pattern string) (string, error) {
	path, err := os.MkdirTemp(f.path, pattern)
	if err != nil {
		return "", fmt.Errorf("folder for services: %w", err)
	}
	return path, nil
}

// NoteChild writes down a server started from this folder, so that a sweep finds it if this process is killed.
func (f *Folder) NoteChild(pid int) error {
	file, err := os.OpenFile(filepath.Join(f.path, childrenFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("note child: %w", err)
	}
	_, err = fmt.Fprintln(file, Of(pid))
	return errors.Join(err, file.Close())
}

// Close removes the folder with all that is in it.
func (f *Folder) Close() error { return os.RemoveAll(f.path) }

// SweepFolders ends the servers and removes the folders of runs that are gone; it returns how many folders.
func SweepFolders() (int, error) {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, path := range folders {
		if !ours(path) {
			continue
		}
		name, err := os.ReadFile(filepath.Join(path, ownerFile))
		if err != nil || !Name(name).Gone() {
			continue // just being made, or in use
		}
		killChildren(path)
		if err := os.RemoveAll(path); err != nil {
			return swept, fmt.Errorf("sweep: %w", err)
		}
		swept++
	}
	return swept, nil
}

// ours reports whether this user made the folder: what another one wrote into it is nothing to act on.
func ours(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// killChildren ends the process groups of servers that outlived their run; their start times prove who they are.
func killChildren(path string) {
	names, err := os.ReadFile(filepath.Join(path, childrenFile))
	if err != nil {
		return // it started none
	}
	for name := range strings.FieldsSeq(string(names)) {
		if child := Name(name); child.PID() > 0 && !child.Gone() {
			_ = syscall.Kill(-child.PID(), syscall.SIGKILL)
			_ = syscall.Kill(child.PID(), syscall.SIGKILL)
		}
	}
}
