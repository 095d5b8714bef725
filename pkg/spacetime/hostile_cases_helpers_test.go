package spacetime_test

import (
	"fmt"
	"strings"

	"scalelab/pkg/spacetime"
)

func moreLanes() spacetime.Diagram {
	r := spacetime.NewRecorder("Twelve workers, one queue", "dispatcher")
	for i := range 12 {
		r.Cause("task", r.Step("dispatcher", spacetime.Step{Text: fmt.Sprintf("send task %d", i), Where: "pool.go:20"}))
		at := r.Step(fmt.Sprintf("worker %d", i), spacetime.Step{Text: fmt.Sprintf("runs task %d", i), Where: "pool.go:31"})
		r.Effect("task", at, spacetime.Causes)
	}
	r.Step("worker 3", spacetime.Step{Text: "panics", Where: "pool.go:33", Kind: spacetime.Crashes, Highlight: true})
	r.Step("worker 9", spacetime.Step{Text: "waits for a task", Where: "pool.go:29", Kind: spacetime.Waits, Highlight: true})
	r.Diagram.AddFact("expected", "a panicking task costs no worker")
	r.Diagram.AddFact("actual", "11 workers left")
	return r.Diagram
}

func moreSteps() spacetime.Diagram {
	d := spacetime.Diagram{Title: "Very many steps"}
	for i := range 3 {
		d.AddLane(fmt.Sprintf("goroutine %d", i))
	}
	for i := range 600 {
		s := spacetime.Step{Lane: i * i % 3, Text: fmt.Sprintf("op %d", i), Where: fmt.Sprintf("x.go:%d", i%50)}
		s.Highlight = i%97 == 0
		at := d.AddStep(s)
		if i%2 == 1 {
			d.AddArrow(at-1, at)
		}
	}
	return d
}

func longLabels() spacetime.Diagram {
	d := spacetime.Diagram{Title: strings.Repeat("A title that goes on for longer than a line of the terminal is wide. ", 3)}
	a := d.AddLane("goroutine with a name that is longer than anybody would ever want to read in a header of a lane")
	b := d.AddLane("b")
	c := d.AddLane("c")
	send := d.AddStep(spacetime.Step{Lane: a, Text: strings.Repeat("sends a very long message ", 8),
		Where: "a_file_with_quite_a_long_name_for_a_student.go:1234"})
	recv := d.AddStep(spacetime.Step{Lane: c, Text: "Unbreakable" + strings.Repeat("AndMore", 20), Where: "short.go:1"})
	d.Arrows = append(d.Arrows, spacetime.Arrow{From: send, To: recv, Text: "with a text on the arrow that is too long as well"})
	d.AddStep(spacetime.Step{Lane: b, Text: strings.Repeat("words ", 9), Value: "balance " + strings.Repeat("1", 40)})
	d.AddFact("expected", strings.Repeat("a long explanation of what was expected ", 6))
	return d
}

func wideRunes() spacetime.Diagram {
	r := spacetime.NewRecorder("届いたメッセージは二度", "送信者", "受信者 🐇")
	r.Cause("1", r.Step("送信者", spacetime.Step{Text: "送信「こんにちは」", Where: "配達.go:12"}))
	r.Effect("1", r.Step("受信者 🐇", spacetime.Step{Text: "e\u0301te\u0301 受信 <&\"'>", Value: "残高 100"}), spacetime.Causes)
	r.Lose(r.Step("受信者 🐇", spacetime.Step{Text: "bell\a, tab\tand \u202Eoverride, broken \xff"}), "送信者", "確認")
	r.Diagram.AddFact("期待", "一度")
	return r.Diagram
}

func invalid() spacetime.Diagram {
	return spacetime.Diagram{
		Title:  "A diagram with mistakes",
		Lanes:  []spacetime.Lane{{Name: "a"}, {Name: "b"}},
		Steps:  []spacetime.Step{{Text: "good"}, {Lane: 7, Text: "no such lane"}, {Lane: 1, Text: "good as well"}},
		Arrows: []spacetime.Arrow{{From: 0, To: 2}, {From: 2, To: 0}, {From: 0, To: 1}, {From: 0, Lost: true, Lane: -1}},
		Loops:  []spacetime.Loop{{First: 2, Last: 1, Times: 3}},
	}
}
