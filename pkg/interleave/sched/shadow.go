package sched

import "unsafe"

// shadow remembers, for every word of memory that tasks touched, the accesses that a later one may race with. Its keys are real
// pointers: memory that it knows stays allocated until the execution is over, so an address never means two things.
type shadow struct {
	words map[unsafe.Pointer]*word
	slabs []*[64]word // words, made many at a time and used again by the next execution
	used  int
}

// word is eight bytes; an access covers some of them.
type word struct{ accesses []access }

// at is what is known of the word at p.
func (s *shadow) at(p unsafe.Pointer) *word {
	w := s.words[p]
	if w == nil {
		slab, i := s.used/len(s.slabs[0]), s.used%len(s.slabs[0])
		if slab == len(s.slabs) {
			s.slabs = append(s.slabs, new([64]word))
		}
		w = &s.slabs[slab][i]
		w.accesses = w.accesses[:0]
		s.used++
		s.words[p] = w
	}
	return w
}

// forget makes s empty.
func (s *shadow) forget() {
	clear(s.words)
	s.used = 0
}

type access struct {
	task  int
	clock uint32 // the task's own epoch
	mask  uint8  // bytes
	kind  accessKind
	site  *Site
	event int
}

type accessKind uint8

const (
	read accessKind = iota
	write
	atomicRead
	atomicWrite
)

func (k accessKind) writes() bool { return k == write || k == atomicWrite }

func (k accessKind) conflicts(o accessKind) bool {
	return (k.writes() || o.writes()) && (k < atomicRead || o < atomicRead)
}

// covers tells whether remembering k makes remembering an o before it by the same task superfluous.
func (k accessKind) covers(o accessKind) bool {
	return k == o || k == write || o == atomicRead && k == read
}

const wordSize = 8

// access checks one access of the running task to size bytes at p. At a place that YieldAt names it is a scheduling point.
func (s *Scheduler) access(p unsafe.Pointer, size uintptr, kind accessKind, site *Site) {
	if s.unwinding || size == 0 || uintptr(p) < 4096 {
		return
	}
	event := 0
	if s.yields(site) {
		op := "read"
		if kind.writes() {
			op = "write"
		}
		s.pointAt(op, nil, nil, site)
		event = s.Did(site.Text)
	}
	s.touch(p, size, kind, site, event, Memory)
}

// yields tells whether accesses at site are scheduling points.
func (s *Scheduler) yields(site *Site) bool {
	if len(s.cfg.YieldAt) == 0 {
		return false
	}
	yes, known := s.yieldAt[site]
	if !known {
		if s.yieldAt == nil {
			s.yieldAt = map[*Site]bool{}
		}
		yes = s.cfg.YieldAt[site.String()]
		s.yieldAt[site] = yes
	}
	return yes
}

// solitary says that nothing which is done now can ever race: whatever may run later is started after it, by the only task.
func (s *Scheduler) solitary() bool { return len(s.tasks) == 1 && len(s.timers) == 0 }

//go:nocheckptr
func (s *Scheduler) touch(p unsafe.Pointer, size uintptr, kind accessKind, site *Site, event int, of Subject) {
	if s.solitary() {
		return
	}
	from := uintptr(p) % wordSize
	base := unsafe.Add(p, -int(from))
	for end := from + size; end > 0; {
		mask := uint8(0xff) << from
		if end < wordSize {
			mask &= 0xff >> (wordSize - end)
		}
		s.touchWord(base, access{s.cur.ID, s.cur.clock.of(s.cur.ID), mask, kind, site, event}, of)
		if end <= wordSize {
			return
		}
		base, end, from = unsafe.Add(base, wordSize), end-wordSize, 0
	}
}

func (s *Scheduler) touchWord(p unsafe.Pointer, a access, of Subject) {
	w := s.shadow.at(p)
	kept := w.accesses[:0]
	for _, o := range w.accesses {
		ordered := o.task == a.task || o.clock <= s.cur.clock.of(o.task)
		if !ordered && o.mask&a.mask != 0 && a.kind.conflicts(o.kind) {
			s.race(o, a, of)
		}
		inside := o.mask&^a.mask == 0
		if inside && (o.task == a.task && a.kind.covers(o.kind) || ordered && a.kind == write) {
			continue
		}
		kept = append(kept, o)
	}
	w.accesses = append(kept, a)
}

// race notes a race once per pair of places.
func (s *Scheduler) race(o, a access, of Subject) {
	r := Race{First: s.side(o), Second: s.side(a), Of: of}
	if key := r.Key(); !s.raceKeys[key] {
		s.raceKeys[key] = true
		s.races = append(s.races, r)
	}
}

func (s *Scheduler) side(a access) Access {
	return Access{Task: a.task, Name: s.tasks[a.task].Name, Write: a.kind.writes(), Site: a.site, Event: a.event - 1}
}

// AtomicAccess checks an access of sync/atomic against plain ones.
func (s *Scheduler) AtomicAccess(p unsafe.Pointer, size uintptr, writes bool) {
	kind := atomicRead
	if writes {
		kind = atomicWrite
	}
	s.touch(p, size, kind, s.CallSite(), 0, Memory)
}

// Misuse checks a rule of WaitGroup: the Add that starts from zero (a read of p) happens before Wait (a write of p).
func (s *Scheduler) Misuse(p unsafe.Pointer, writes bool) {
	kind := read
	if writes {
		kind = write
	}
	s.touch(p, 1, kind, s.CallSite(), 0, WaitGroup)
}
