package spacetime

import (
	"fmt"
	"strings"
)

// style says what a piece of a label is.
type style int

const (
	plain style = iota
	where       // file:line
	value       // what the lane is worth
)

// span of a label: one style, one line.
type labelSpan struct {
	text  string
	style style
}

type labelLine []labelSpan

// columns is the width of the line with the blanks between its spans.
func (l labelLine) columns() int {
	n := 0
	for i, s := range l {
		n += columns(s.text)
		if i > 0 {
			n += s.gap()
		}
	}
	return n
}

func (l labelLine) String() string {
	var b strings.Builder
	for i, s := range l {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", s.gap()))
		}
		b.WriteString(s.text)
	}
	return b.String()
}

// gap is the number of blanks before a span that is not the first of its line.
func (s labelSpan) gap() int {
	if strings.HasPrefix(s.text, ":") {
		return 1
	}
	return 2
}

const maxLabelLines = 3

// line is all that is written beside a step.
func (s Step) line(files fileNames) labelLine {
	var l labelLine
	if s.Text != "" {
		l = append(l, labelSpan{s.Text, plain})
	}
	if s.Value != "" {
		l = append(l, labelSpan{"[" + s.Value + "]", value})
	}
	if w := files.short(s.Where); w != "" {
		l = append(l, labelSpan{w, where})
	}
	return l
}

// wrapLabel breaks a label into lines of at most n columns; what does not fit goes to the legend.
func wrapLabel(l labelLine, n int, legend *legend) []labelLine {
	if len(l) == 0 {
		return nil
	}
	if l.columns() <= n {
		return []labelLine{l}
	}
	var lines []labelLine
	for _, s := range l {
		for _, piece := range fill(s.text, n) {
			last := len(lines) - 1
			if last >= 0 && append(lines[last][:len(lines[last]):len(lines[last])], labelSpan{piece, s.style}).columns() <= n {
				lines[last] = append(lines[last], labelSpan{piece, s.style})
				continue
			}
			lines = append(lines, labelLine{{piece, s.style}})
		}
	}
	if len(lines) <= maxLabelLines {
		return lines
	}
	mark := legend.mark(l.String())
	lines = lines[:maxLabelLines]
	last := lines[maxLabelLines-1][0]
	lines[maxLabelLines-1] = labelLine{{cut(last.text+strings.Repeat(" ", n)+"x", n, mark), last.style}}
	return lines
}

// legend holds the full texts of what was cut.
type legend struct{ texts []string }

// mark returns what stands for the rest of a text; the same text gets the same mark.
func (l *legend) mark(full string) string {
	for i, t := range l.texts {
		if t == full {
			return legendMark(i)
		}
	}
	l.texts = append(l.texts, full)
	return legendMark(len(l.texts) - 1)
}

// cut is like the function cut, with a mark of the legend.
func (l *legend) cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	return cut(s, n, l.mark(s))
}

func legendMark(i int) string { return fmt.Sprintf("…[%d]", i+1) }

// fileNames knows which file name need not be repeated at each step.
type fileNames struct{ common string }

// commonFile finds the file in which most steps are. It is not empty only if that saves something.
func commonFile(steps []sceneStep) fileNames {
	seen := map[string]int{}
	best := ""
	for _, s := range steps {
		i := strings.LastIndexByte(s.Where, ':')
		if i <= 0 {
			continue
		}
		f := s.Where[:i]
		if seen[f]++; seen[f] > seen[best] || seen[f] == seen[best] && f < best {
			best = f
		}
	}
	return fileNames{best}
}

func (f fileNames) short(position string) string {
	if f.common == "" {
		return position
	}
	if rest, ok := strings.CutPrefix(position, f.common+":"); ok {
		return ":" + rest
	}
	return position
}
