package build

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"scalelab/grader/internal/kit"
)

var complaint = regexp.MustCompile(`(?m)^(\S+\.go):(\d+)(?::(\d+))?: (.*)$`)

// explain sorts a failed build: complaints about the student's files are the student's, everything else is the kit's. The compiler
// names a file of the student's by where it lies in the kit or, mostly, in the overlay's folder.
func explain(lab *kit.Lab, overlayDir, output string, err error) error {
	var own []Diagnostic
	for _, m := range complaint.FindAllStringSubmatch(output, -1) {
		inLab := strings.Contains(m[1], "labs/"+lab.ID+"/") || strings.Contains(m[1], path.Base(overlayDir)+"/")
		if !inLab || !slices.Contains(lab.Files, path.Base(m[1])) {
			continue
		}
		line, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		own = append(own, Diagnostic{File: path.Base(m[1]), Line: line, Column: column, Message: m[4]})
	}
	if len(own) > 0 {
		return &StudentError{Diagnostics: own}
	}
	return fmt.Errorf("build %s: %s: %w\n%s", lab.ID, firstComplaint(output), err, strings.TrimSpace(output))
}

// firstComplaint is the first line that the go command printed about something, not the name of a package.
func firstComplaint(output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "the go command failed without a word"
}
