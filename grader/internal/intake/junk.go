package intake

import (
	"path"
	"slices"
	"strings"
)

// isJunk reports whether a name is what systems, editors and version control
// leave behind: never a lab, never a wrapping folder.
func isJunk(name string) bool {
	switch name {
	case ".git", ".github", ".hg", ".svn", ".idea", ".vscode", ".scalelab", ".gitignore", ".DS_Store", "__MACOSX",
		"Thumbs.db", "desktop.ini", "node_modules":
		return true
	}
	return strings.HasPrefix(name, "._") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~") ||
		slices.Contains([]string{".swp", ".swo", ".bak", ".orig", ".rej", ".tmp"}, path.Ext(name))
}

// isKitText reports whether a file is one of those that every lab folder of the
// kit has beside its source: leaving them in is what everybody does.
func isKitText(name string) bool {
	return slices.Contains([]string{"README.md", "NOTES.md", "lab.yaml"}, name)
}

// isModuleFile reports whether a name would change how Go builds the folder.
func isModuleFile(name string) bool {
	return slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum", "vendor"}, name)
}
