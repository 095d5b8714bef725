package model

import "scalelab/pkg/interleave/difftest/machine"

// rwlock is a lock for readers and a writer. A writer first claims it, which keeps new readers out, and has it when the readers are
// gone. When it leaves, the readers that waited have it together.
type rwlock struct {
	readers int
	claimed int // by which goroutine, or -1
	waiting []int
}

func (s *state) readWrite(g int, code machine.Code) []*state {
	rw := &s.rw
	switch code {
	case machine.ReadLock:
		if rw.claimed >= 0 {
			rw.waiting = append(rw.waiting, g)
			s.goroutines[g].parked = true
			break
		}
		rw.readers++
		s.done(g, "")
	case machine.ReadUnlock:
		rw.readers--
		s.done(g, "")
	case machine.WriteLock:
		switch {
		case rw.claimed >= 0 && rw.claimed != g, rw.claimed == g && rw.readers > 0:
			return nil
		case rw.claimed < 0 && rw.readers > 0:
			rw.claimed = g // and the next step, once the readers are gone, ends the operation
		default:
			rw.claimed = g
			s.done(g, "")
		}
	case machine.WriteUnlock:
		rw.claimed = -1
		for _, w := range rw.waiting {
			rw.readers++
			s.done(w, "")
		}
		rw.waiting = nil
		s.done(g, "")
	}
	return []*state{s}
}
