package spacetime

import (
	"fmt"
	"strings"
)

// describe says in words what the picture shows, for those who hear it instead of seeing it.
func (d Diagram) describe() string {
	const mostSteps = 40
	var said []string
	if story := clean(d.Story); story != "" {
		said = append(said, endSentence(story))
	}
	if len(d.Steps) > mostSteps {
		said = append(said, fmt.Sprintf("The picture shows %s of %s.", count(len(d.Steps), "step"), count(len(d.Lanes), "lane")))
	} else {
		for i, s := range d.Steps {
			if d.stepProblem(i) == nil {
				said = append(said, endSentence(d.describeStep(s)))
			}
		}
	}
	for _, f := range d.Facts {
		said = append(said, endSentence(clean(f.Name)+": "+clean(f.Text)))
	}
	return strings.Join(said, " ")
}

func (d Diagram) describeStep(s Step) string {
	text := clean(d.Lanes[s.Lane].Name) + ": " + clean(s.Text)
	if s.Kind == Crashes {
		text += " (crash)"
	}
	if v := clean(s.Value); v != "" {
		text += " [" + v + "]"
	}
	if w := clean(s.Where); w != "" {
		text += " (" + w + ")"
	}
	return text
}
