package cacheaside_test

import (
	"fmt"
	"testing/synctest"
)

// scene is one of many that differ only in where a call is held: at which Redis operation, before or after it.
type scene struct {
	r      *resorts
	resort string // this scene's own
	nth    int
	at     moment
	hold   *hold
}

// eachOperation plays a scene for every Redis operation of a call and both moments, until an operation is not reached because
// the call has fewer. play arms the scene when the call's operations begin to count, and returns the call.
func (r *resorts) eachOperation(play func(s *scene) *call) {
	r.t.Helper()
	const most = 12 // operations of one call; more would be a loop
	for nth := 1; nth <= most; nth++ {
		for _, at := range []moment{before, after} {
			r.newStory()
			s := &scene{r: r, resort: r.fresh(), nth: nth, at: at}
			c := play(s)
			s.goOn()
			synctest.Wait()
			r.note("all operations go on")
			r.same(true, c.returned(), "a call returns when nothing holds it up any more")
			if s.held() == "" {
				return
			}
		}
	}
}

// fresh returns the name of a resort that was not used yet. No such name contains another.
func (r *resorts) fresh() string {
	r.names++
	return fmt.Sprintf("resort-%03d", r.names)
}

// arm begins to count operations that name the scene's resort.
func (s *scene) arm() { s.hold = s.r.gate.hold(s.resort, s.nth, s.at) }

// held says where the call is or was held, such as "just before its operation 2 (SET)"; "" if it was not.
func (s *scene) held() string {
	op := s.r.gate.reached(s.hold)
	if op == "" {
		return ""
	}
	return fmt.Sprintf("%s its Redis operation %d (%s)", s.at, s.nth, op)
}

func (s *scene) goOn() { s.r.gate.release(s.hold) }
