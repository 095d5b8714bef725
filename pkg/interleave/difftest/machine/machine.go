// Package machine interprets tiny concurrent programs with ordinary Go: locks, channels, atomics. Generated programs run on it as
// ordinary Go, under the scheduler, and on package model, which enumerates all that may happen without any goroutine.
package machine

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// Code is what an operation does.
type Code int

// The operations. A and B of Op name a lock, channel or number.
const (
	Lock Code = iota
	Unlock
	TryLock // and unlock, if it succeeds, at once
	Add     // one to a number, and note the sum
	Send
	Receive
	TrySend
	TryReceive
	Either // receive from A or from B
	Close
	ReadLock // of the one RWMutex
	ReadUnlock
	WriteLock
	WriteUnlock
	Codes
)

// Op is one operation of a goroutine.
type Op struct{ Code, A, B int }

func (o Op) String() string {
	names := []string{"lock", "unlock", "try-lock", "add", "send", "receive", "try-send", "try-receive", "either", "close", "read-lock", "read-unlock", "write-lock", "write-unlock"}
	return fmt.Sprintf("%s %d %d", names[o.Code], o.A, o.B)
}

// Program has goroutines that do operations one after the other. A goroutine whose operation panics ends there.
type Program struct {
	Goroutines [][]Op
	Capacity   []int // of its channels
}

// Locks and Numbers are how many of each a program has.
const (
	Locks   = 2
	Numbers = 1
)

type state struct {
	locks   [Locks]sync.Mutex
	rw      sync.RWMutex
	numbers [Numbers]atomic.Int64
	chans   []chan int
}

// Run executes p and returns what its goroutines noted.
func Run(p Program) string {
	s := &state{}
	for _, c := range p.Capacity {
		s.chans = append(s.chans, make(chan int, c))
	}
	notes := make([]string, len(p.Goroutines))
	var wg sync.WaitGroup
	for i, ops := range p.Goroutines {
		wg.Go(func() { notes[i] = s.live(i, ops) })
	}
	wg.Wait()
	return strings.Join(notes, "|")
}

// live does the operations of goroutine me. A value that it sends says who sent it, and as which of its operations.
func (s *state) live(me int, ops []Op) (notes string) {
	defer func() {
		if v := recover(); v != nil {
			notes += " !" + fmt.Sprint(v)
		}
	}()
	for i, op := range ops {
		notes += s.do(op, 10*me+i)
	}
	return notes
}

func (s *state) do(op Op, value int) string {
	switch Code(op.Code) {
	case Lock:
		s.locks[op.A].Lock()
	case Unlock:
		s.locks[op.A].Unlock()
	case TryLock:
		if s.locks[op.A].TryLock() {
			s.locks[op.A].Unlock()
			return " got"
		}
		return " busy"
	case Add:
		return fmt.Sprint(" +", s.numbers[op.A].Add(1))
	case Send:
		s.chans[op.A] <- value
	case Receive:
		v, ok := <-s.chans[op.A]
		return fmt.Sprint(" ", v, ok)
	case TrySend:
		select {
		case s.chans[op.A] <- value:
			return " sent"
		default:
			return " full"
		}
	case TryReceive:
		select {
		case v, ok := <-s.chans[op.A]:
			return fmt.Sprint(" ", v, ok)
		default:
			return " empty"
		}
	case Either:
		select {
		case v, ok := <-s.chans[op.A]:
			return fmt.Sprint(" a", v, ok)
		case v, ok := <-s.chans[op.B]:
			return fmt.Sprint(" b", v, ok)
		}
	case Close:
		close(s.chans[op.A])
	case ReadLock:
		s.rw.RLock()
	case ReadUnlock:
		s.rw.RUnlock()
	case WriteLock:
		s.rw.Lock()
	case WriteUnlock:
		s.rw.Unlock()
	}
	return ""
}
