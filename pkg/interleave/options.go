package interleave

// Options bound an exploration. The zero value is a good start.
type Options struct {
	Random      int    // random walks; 0 means 300, negative none
	Preemptions int    // depth-first up to that many pre-emptions; 0 means 2, negative none
	Schedules   int    // cap on depth-first executions; 0 means 2000
	Steps       int    // more steps are a livelock; 0 means 5000
	Turns       int    // from that step on all goroutines take turns; 0 means a fifth of Steps
	Seed        uint64 // of the random walks
	Native      int    // runs without the rewriter; 0 means 20
	Leftovers   bool   // goroutines that are still there when the scenario is over are no failure
	Races       bool   // a data race is no failure, unless it does harm
}

func (o Options) filled() Options {
	fill := func(p *int, standard int) {
		if *p == 0 {
			*p = standard
		}
	}
	fill(&o.Random, 300)
	fill(&o.Preemptions, 2)
	fill(&o.Schedules, 2000)
	fill(&o.Steps, 5000)
	fill(&o.Turns, o.Steps/5)
	fill(&o.Native, 20)
	return o
}
