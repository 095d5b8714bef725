package sched_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/det/sync"
	"scalelab/pkg/interleave/sched"
)

// edges are the causes of a traced execution as "operation → operation".
func edges(body func()) map[string]bool {
	config := plain
	config.Trace = true
	found := map[string]bool{}
	for seed := range uint64(50) {
		r := sched.Run(config, sched.RandomWalk(9, seed), body)
		for _, e := range r.Events {
			for _, c := range e.Causes {
				found[r.Events[c].Op+" → "+e.Op] = true
			}
		}
	}
	return found
}

func TestEventsNameTheirCauses(t *testing.T) {
	for name, c := range map[string]struct {
		want []string
		body func()
	}{
		"mutex": {[]string{"unlock → lock", "go → start", "done → wait"}, func() {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() { mu.Lock(); mu.Unlock() })
			}
			wg.Wait()
		}},
		"unbuffered": {[]string{"send → receive", "close → receive"}, func() {
			ch := sched.Made(make(chan int))
			sched.Go(here, func() { sched.To(ch).Send(1, here); sched.Close(ch, here) })
			sched.From(ch).Recv(here)
			sched.From(ch).Recv(here)
		}},
		"buffered": {[]string{"send → receive"}, func() {
			ch := sched.Made(make(chan int, 1))
			sched.Go(here, func() { sched.To(ch).Send(1, here); sched.To(ch).Send(2, here) })
			sched.From(ch).Recv(here)
			sched.From(ch).Recv(here)
		}},
		"cond": {[]string{"broadcast → wait"}, func() {
			var mu sync.Mutex
			c, open := sync.NewCond(&mu), false
			sched.Go(here, func() { mu.Lock(); open = true; mu.Unlock(); c.Broadcast() })
			mu.Lock()
			for !open {
				c.Wait()
			}
			mu.Unlock()
		}},
		"rwmutex": {[]string{"read-unlock → lock", "unlock → read-lock"}, func() {
			var mu sync.RWMutex
			var wg sync.WaitGroup
			wg.Go(func() { mu.Lock(); mu.Unlock() })
			wg.Go(func() { mu.RLock(); mu.RUnlock() })
			wg.Wait()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			found := edges(c.body)
			for _, edge := range c.want {
				require.Contains(t, found, edge)
			}
		})
	}
}
