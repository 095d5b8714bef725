package policies_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options: what a policy leaves behind is not judged.
var options = interleave.Options{Leftovers: true, Random: 200, Schedules: 600}

// stage is one execution of a scene: a policy and those who call it.
type stage struct {
	x      *interleave.Run
	name   string // of the policy
	policy policies.Policy
	list   []policies.Backend
	all    sync.WaitGroup
	picked interleave.Note[[]string]
}

// explore plays each scene in many orders, with a policy of its own.
func explore(t *testing.T, scenes ...func(x *interleave.Run)) {
	check.Run(t, func(t *check.T) {
		for _, scene := range scenes {
			interleave.Explore(t, options, scene)
		}
	})
}

func on(x *interleave.Run, name string, p policies.Policy, list string) *stage {
	s := &stage{x: x, name: name, policy: p, list: backends(list)}
	x.Name(&s.all, "everyone")
	return s
}

// byPolicy is the number under which calls of rand are recorded: a policy makes them.
const byPolicy = 9

// outcome is what Pick returned, as a picture shows it.
type outcome struct {
	id   string
	done func()
	err  error
}

func (o outcome) String() string {
	if o.err != nil {
		return "an error"
	}
	return o.id
}

// nothing is what done returns, as a picture shows it.
type nothing struct{}

func (nothing) String() string { return "" }

// pick makes a pick and writes down who it was.
func (s *stage) pick(client int) outcome {
	o := interleave.Call(s.x, client, "Pick", func() outcome {
		id, done, err := s.policy.Pick(policies.Request{Method: "GET"}, given(s.list))
		return outcome{id, done, err}
	})
	require.NoError(s.x, o.err, s.name+": the list is "+names(s.list)+", so there is somebody to pick")
	s.picked.Update(func(all []string) []string { return append(all, o.id) })
	return o
}

// finish calls done.
func (s *stage) finish(client int, o outcome) {
	interleave.Call(s.x, client, "done of "+o.id, func() nothing { o.done(); return nothing{} })
}

// together lets all act at the same time, and waits for them.
func (s *stage) together(acts ...func(client int)) {
	s.all.Add(len(acts))
	for n, act := range acts {
		s.x.Go(fmt.Sprintf("client %d", n+1), func() {
			act(n + 1)
			s.all.Done()
		})
	}
	s.all.Wait()
}

// picks is an act: so many picks, one after the other.
func (s *stage) picks(n int) func(client int) {
	return func(client int) {
		for range n {
			s.pick(client)
		}
	}
}

// ends is an act: the request is over.
func (s *stage) ends(o outcome) func(client int) {
	return func(client int) { s.finish(client, o) }
}

// share demands how often each backend of the list was picked since the last call of share.
func (s *stage) share(why string, want ...int) {
	var wanted, got []string
	for i, b := range s.list {
		times := 0
		for _, id := range s.picked.Get() {
			if id == b.ID {
				times++
			}
		}
		wanted = append(wanted, fmt.Sprintf("%d × %s", want[i], b.ID))
		got = append(got, fmt.Sprintf("%d × %s", times, b.ID))
	}
	require.Equal(s.x, strings.Join(wanted, ", "), strings.Join(got, ", "), s.name+": "+why)
	s.picked.Set(nil)
}

// dice is a random source that complains if two call it at once. Of two numbers it gives now the one and now the other, so that also
// a policy that draws in its own way compares two different backends: how to draw is judged elsewhere.
type dice struct {
	x    *interleave.Run
	busy interleave.Note[bool]
	side interleave.Note[int]
}

func (d *dice) rand(n int) int {
	return interleave.Call(d.x, byPolicy, fmt.Sprintf("rand(%d)", n), func() int {
		if d.busy.Get() {
			d.x.Errorf("rand was called while another call of rand was going on")
		}
		d.busy.Set(true)
		runtime.Gosched()
		d.busy.Set(false)
		if n < 2 {
			return 0
		}
		d.side.Update(func(side int) int { return 1 - side })
		return d.side.Get()
	})
}
