package sched

import (
	"sync"
	"time"
)

// Result is what one execution came to.
type Result struct {
	Failure     *Failure
	Races       []Race
	Steps       int
	Switches    int
	Preemptions int
	Schedule    []int32 // the task picked at each step
	Choices     []int32
	Events      []Event
	Tasks       []TaskInfo
	Partial     bool // the picker was not offered every possibility
	TriedLock   bool // somebody called TryLock, so unlocking must be a scheduling point
}

// TaskInfo describes a task of a finished execution.
type TaskInfo struct {
	ID    int
	Name  string
	Start *Site
}

var (
	one      sync.Mutex // one execution at a time in a process
	stranded bool       // a goroutine of an execution could not be ended: it may come back, so nothing is executed any more
	spare    *tables    // of the last execution, for the next one: to make and fill new ones takes longer than most executions
)

// An execution that makes no step for that many looks at it, a second apart, is stuck: something blocked where the scheduler cannot
// see it. That is never a verdict.
const (
	stuckLooks = 5
	lookEvery  = time.Second
)

const stuckMessage = "a goroutine blocked, or ran for ever, where the scheduler cannot see it"

// Run executes body once, as the main task, under the picks of p.
func Run(cfg Config, p Picker, body func()) *Result {
	one.Lock()
	defer one.Unlock()
	if stranded {
		return &Result{Failure: &Failure{Kind: Unjudged, Task: -1, Message: stuckMessage}}
	}
	s := &Scheduler{cfg: cfg, picker: p, epoch: epochs.Add(1), ended: make(chan struct{}), tables: spare}
	spare = nil
	if s.tables == nil {
		s.tables = newTables()
	}
	main := s.spawn("main", nil, body)
	s.cur = main
	active.Store(s)
	main.wake <- struct{}{}
	ended := s.watch()
	active.Store(nil)
	if !ended {
		stranded = true
		return &Result{Failure: &Failure{Kind: Unjudged, Task: -1, Message: stuckMessage}}
	}
	if s.tables.small() {
		s.tables.forget()
		spare = s.tables
	}
	return s.result()
}

// watch waits for the end of the execution and unwinds it. It returns false if the end does not come.
func (s *Scheduler) watch() bool {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for seen, idle := int64(-1), 0; ; {
		select {
		case <-s.ended:
			s.unwind()
			return true
		case <-look.C:
			if now := s.beats.Load(); now != seen {
				seen, idle = now, 0
			} else if idle++; idle >= stuckLooks {
				return false
			}
		}
	}
}

// unwind ends the tasks that are left, one after the other, by Goexit: their deferred functions run, and no recover stops it.
func (s *Scheduler) unwind() {
	<-s.cur.exited // whoever ended the execution goes first, so that never two run at once
	for i := 0; i < len(s.tasks); i++ {
		t := s.tasks[i]
		select {
		case t.wake <- struct{}{}:
		default:
		}
		<-t.exited
		if w := s.cfg.Workers; w != nil && t.lived {
			w.giveBack(t.worker)
		}
	}
}

func (s *Scheduler) result() *Result {
	r := &Result{
		Failure: s.failure, Races: s.races, Steps: s.steps, Switches: s.switches, Preemptions: s.preemptions, Schedule: s.schedule,
		Choices: s.choices, Events: s.trace, Partial: s.partial, TriedLock: s.triedLock,
	}
	for _, t := range s.tasks {
		r.Tasks = append(r.Tasks, TaskInfo{ID: t.ID, Name: t.Name, Start: t.Start})
	}
	return r
}
