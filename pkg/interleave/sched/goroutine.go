package sched

// Go starts body as a new task. Outside an execution there is nobody to run it.
func Go(site *Site, body func()) {
	start(site, "", body)
}

// GoNamed is Go with a name for reports.
func GoNamed(name string, body func()) { start(nil, name, body) }

func start(site *Site, name string, body func()) {
	s := Current()
	if s == nil {
		panic("interleave: a go statement outside Explore")
	}
	if site != nil {
		s.cur.site = site
	}
	s.Begin("go", nil)
	at := s.cur.site
	if body == nil {
		s.Fatal("go of nil func value")
	}
	t := s.spawn(name, at, body)
	t.from = s.Did(t.Name)
}

// spinLimit is how many turns of loops a task may make between two operations before others get a turn.
const spinLimit = 1 << 13

// spinSteps is how many steps that counts: an empty loop should be seen through soon.
const spinSteps = 10

// Tick counts one turn of a loop. A loop without any operation would otherwise keep the others from running for ever.
func Tick(site *Site) {
	s := active.Load()
	if s == nil {
		return
	}
	if s.unwinding {
		Current()
	}
	t := s.cur
	if t.spins++; t.spins < spinLimit {
		return
	}
	t.spins = 0
	s.guard(t)
	t.op, t.obj, t.site = "loop", nil, site
	s.steps += spinSteps - 1
	s.reschedule(t, true)
	t.site = nil
}
