package check

import (
	"time"

	"scalelab/pkg/check/stacks"
	"scalelab/pkg/check/wording"
)

// Story has show called if the check fails before the function that it returns is called, to attach what has happened so far:
//
//	defer check.Story(t, func() { check.Show(t, picture(s)) })()
//
// A panic that passes by has failed the check as well. A deadlock ends a check in the middle, and nothing that was deferred is done any
// more. Then show is called all the same: outside of the bubble, when all that the bubble's goroutines will ever do is done. It cannot
// ask there what time it is, nor wait for a goroutine of the bubble.
func Story(t *T, show func()) (end func()) {
	told := judged.tells(show)
	return func() {
		t.Helper()
		judged.toldEnough(told)
		p := recover()
		if p != nil {
			judged.panicked(t.Name(), p, stacks.OfPanic())
		}
		if p != nil || t.Failed() {
			show()
		}
		if p != nil {
			panic(p)
		}
	}
}

func (j *judgement) tells(show func()) *func() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stories = append(j.stories, &show)
	return &show
}

// toldEnough forgets a story, and those that were begun in it.
func (j *judgement) toldEnough(story *func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, s := range j.stories {
		if s == story {
			j.stories = j.stories[:i]
			return
		}
	}
}

// patience is for a story that takes a lock which a goroutine of the dead bubble holds. The verdict does not depend on it.
const patience = 5 * time.Second

// interrupted tells the stories that have no end, the innermost first, as deferred functions would.
func (j *judgement) interrupted() {
	j.mu.Lock()
	stories := j.stories
	j.stories = nil
	j.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				j.show("", Evidence{Kind: "story", Title: "What happened cannot be told", Text: wording.Clean(wording.Panic(p))})
			}
		}()
		for i := len(stories) - 1; i >= 0; i-- {
			(*stories[i])()
		}
	}()
	select {
	case <-done:
	case <-time.After(patience):
	}
}
