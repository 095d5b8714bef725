package spacetime_test

import "scalelab/pkg/spacetime"

// goroutineCases are failures as a controlled scheduler reports them: lanes are goroutines.
func goroutineCases() map[string]spacetime.Diagram {
	return map[string]spacetime.Diagram{
		"lost-update":       lostUpdate(),
		"deadlock":          deadlock(2),
		"deadlock-five":     deadlock(5),
		"lost-wakeup":       lostWakeUp(),
		"lost-wakeup-raw":   lostWakeUpRaw(),
		"goroutine-leak":    goroutineLeak(),
		"data-race":         dataRace(),
		"livelock":          livelock(),
		"double-close":      doubleClose(),
		"linearizability":   linearizability(),
		"broadcast":         broadcast(),
		"more-lanes":        moreLanes(),
		"more-steps":        moreSteps(),
		"long-labels":       longLabels(),
		"wide-runes":        wideRunes(),
		"empty":             {},
		"lanes-only":        {Title: "Nobody did anything", Lanes: []spacetime.Lane{{Name: "client"}, {Name: "server"}}},
		"invalid":           invalid(),
		"crossing-switches": crossing(),
	}
}

func lostUpdate() spacetime.Diagram {
	d := spacetime.Diagram{Title: "Lost update"}
	main, a, b := d.AddLane("test"), d.AddLane("goroutine 1"), d.AddLane("goroutine 2")
	spawn := d.AddStep(spacetime.Step{Lane: main, Text: "go Inc() twice, Wait", Kind: spacetime.Waits})
	for _, lane := range []int{a, b} {
		read := d.AddStep(spacetime.Step{Lane: lane, Text: "read n = 0", Where: "counter.go:12", Kind: spacetime.Begins})
		d.AddArrow(spawn, read)
	}
	d.AddStep(spacetime.Step{Lane: b, Text: "write n = 1", Where: "counter.go:12"})
	done := []int{
		d.AddStep(spacetime.Step{Lane: b, Text: "ends", Kind: spacetime.Ends}),
		d.AddStep(spacetime.Step{Lane: a, Text: "write n = 1 over 1", Where: "counter.go:12", Highlight: true}),
		d.AddStep(spacetime.Step{Lane: a, Text: "ends", Kind: spacetime.Ends}),
	}
	value := d.AddStep(spacetime.Step{Lane: main, Text: "Value() = 1"})
	d.AddArrow(done[0], value)
	d.AddArrow(done[2], value)
	d.AddFact("expected", "Value() = 2 after 2 calls of Inc")
	d.AddFact("actual", "1")
	return d
}

func deadlock(n int) spacetime.Diagram {
	d := spacetime.Diagram{Title: "Deadlock"}
	var waits []int
	var actors []spacetime.Actor
	name := func(what string, i int) string { return what + " " + string(rune('0'+i%n)) }
	for i := range n {
		lane := d.AddLane(name("philosopher", i))
		d.AddStep(spacetime.Step{Lane: lane, Text: "picks up " + name("chopstick", i), Where: "philosophers.go:27"})
	}
	for i := range n {
		waits = append(waits, d.AddStep(spacetime.Step{Lane: i, Text: "waits for " + name("chopstick", i+1),
			Where: "philosophers.go:31", Kind: spacetime.Waits}))
		actors = append(actors, spacetime.Actor{Name: d.Lanes[i].Name, Holds: []string{name("chopstick", i)},
			WaitsFor: name("chopstick", i+1), Where: "philosophers.go:31"})
	}
	d.WaitCycle(waits...)
	d.Story = spacetime.Story("Deadlock", actors, "")
	d.AddFact("expected", "every philosopher eats")
	d.AddFact("actual", "nobody can go on")
	return d
}

func lostWakeUp() spacetime.Diagram {
	r := spacetime.NewRecorder("Lost wake-up", "producer 1", "producer 2", "consumer")
	at := func(lane, text, where string) int {
		return r.Step(lane, spacetime.Step{Text: text, Where: "boundedbuffer.go:" + where})
	}
	at("producer 1", "Put(1) stores, buffer full", "34")
	r.Step("producer 2", spacetime.Step{Text: "Put(2): full, waits", Where: "boundedbuffer.go:30", Kind: spacetime.Waits})
	take := at("consumer", "Take() = 1, buffer empty", "46")
	r.Step("consumer", spacetime.Step{Text: "Take(): empty, waits", Where: "boundedbuffer.go:42", Kind: spacetime.Waits,
		Highlight: true})
	r.Cause("slot", take)
	wake := at("producer 2", "wakes, stores 2", "34")
	r.Effect("slot", wake, spacetime.Causes)
	r.Step("producer 2", spacetime.Step{Text: "returns without a signal", Where: "boundedbuffer.go:36", Highlight: true,
		Kind: spacetime.Ends})
	r.Diagram.AddFact("expected", "Take returns 2")
	r.Diagram.AddFact("actual", "the buffer holds 2 and the consumer sleeps: nobody told it")
	return r.Diagram
}

func goroutineLeak() spacetime.Diagram {
	r := spacetime.NewRecorder("Goroutine leak", "test", "Fetch", "goroutine 3")
	call := r.Step("test", spacetime.Step{Text: "calls Fetch"})
	r.Cause("call", call)
	enter := r.Step("Fetch", spacetime.Step{Text: "make(chan int)", Where: "fetch.go:14", Kind: spacetime.Begins})
	r.Effect("call", enter, spacetime.Causes)
	spawn := r.Step("Fetch", spacetime.Step{Text: "go", Where: "fetch.go:15"})
	r.Cause("go", spawn)
	first := r.Step("goroutine 3", spacetime.Step{Text: "works", Where: "fetch.go:16", Kind: spacetime.Begins})
	r.Effect("go", first, spacetime.Causes)
	leave := r.Step("Fetch", spacetime.Step{Text: "time-out, returns", Where: "fetch.go:22", Kind: spacetime.Ends})
	r.Cause("return", leave)
	r.Effect("return", r.Step("test", spacetime.Step{Text: "the check ends", Kind: spacetime.Ends}), spacetime.Causes)
	r.Step("goroutine 3", spacetime.Step{Text: "sends on ch: nobody receives", Where: "fetch.go:17", Kind: spacetime.Waits,
		Highlight: true})
	r.Diagram.AddFact("expected", "no goroutine is left when Fetch has returned")
	r.Diagram.AddFact("actual", "goroutine 3 waits for ever")
	return r.Diagram
}

func dataRace() spacetime.Diagram {
	r := spacetime.NewRecorder("Data race", "goroutine 1", "goroutine 2")
	at := func(lane, text, where string) int { return r.Step(lane, spacetime.Step{Text: text, Where: where}) }
	at("goroutine 1", "lock mu", "counter.go:18")
	write := at("goroutine 1", "write n", "counter.go:19")
	read := at("goroutine 2", "read n", "counter.go:27")
	at("goroutine 1", "unlock mu", "counter.go:20")
	r.Diagram.Race(write, read)
	r.Diagram.AddFact("expected", "every access to n is ordered by a lock, a channel or an atomic")
	r.Diagram.AddFact("actual", "Value reads n without the lock")
	return r.Diagram
}

func livelock() spacetime.Diagram {
	d := spacetime.Diagram{Title: "Livelock: 1000 steps, and nobody has eaten"}
	a, b := d.AddLane("philosopher 0"), d.AddLane("philosopher 1")
	first := d.AddStep(spacetime.Step{Lane: a, Text: "picks up 0", Where: "philosophers.go:27"})
	d.AddStep(spacetime.Step{Lane: b, Text: "picks up 1", Where: "philosophers.go:27"})
	d.AddStep(spacetime.Step{Lane: a, Text: "tries 1: taken", Where: "philosophers.go:28", Highlight: true})
	d.AddStep(spacetime.Step{Lane: b, Text: "tries 0: taken", Where: "philosophers.go:28", Highlight: true})
	d.AddStep(spacetime.Step{Lane: a, Text: "puts down 0", Where: "philosophers.go:29"})
	last := d.AddStep(spacetime.Step{Lane: b, Text: "puts down 1", Where: "philosophers.go:29"})
	d.Loops = []spacetime.Loop{{First: first, Last: last, Times: 166}}
	d.AddFact("expected", "somebody eats within 1000 steps")
	d.AddFact("actual", "both give way to each other for ever")
	return d
}

func doubleClose() spacetime.Diagram {
	r := spacetime.NewRecorder("Panic: close of closed channel", "goroutine 1", "goroutine 2")
	at := func(lane, text, where string) int { return r.Step(lane, spacetime.Step{Text: text, Where: where}) }
	at("goroutine 1", "closed is false", "latch.go:20")
	at("goroutine 2", "closed is false", "latch.go:20")
	r.Cause("ch", at("goroutine 1", "close(ch)", "latch.go:22"))
	second := r.Step("goroutine 2", spacetime.Step{Text: "close(ch): panic", Where: "latch.go:22", Kind: spacetime.Crashes})
	r.Effect("ch", second, spacetime.Causes)
	r.Diagram.AddFact("expected", "CountDown may be called by several goroutines at once")
	r.Diagram.AddFact("actual", "panic: close of closed channel")
	return r.Diagram
}

func linearizability() spacetime.Diagram {
	d := spacetime.Diagram{Title: "Not linearizable: no order of these calls gives these results"}
	a, b, c := d.AddLane("producer"), d.AddLane("consumer 1"), d.AddLane("consumer 2")
	call := func(lane int, text string) { d.AddStep(spacetime.Step{Lane: lane, Text: text, Kind: spacetime.Calls}) }
	call(a, "Put(1)")
	d.AddStep(spacetime.Step{Lane: a, Text: "= nil"})
	call(a, "Put(2)")
	call(b, "Take()")
	d.AddStep(spacetime.Step{Lane: b, Text: "= 2", Highlight: true})
	call(c, "Take()")
	d.AddStep(spacetime.Step{Lane: a, Text: "= nil"})
	d.AddStep(spacetime.Step{Lane: c, Text: "= 1", Highlight: true})
	d.AddFact("expected", "first in, first out: 1 before 2")
	d.AddFact("actual", "Take returned 2 and, called later, 1")
	return d
}

func broadcast() spacetime.Diagram {
	r := spacetime.NewRecorder("One close wakes all", "closer", "waiter 1", "waiter 2", "waiter 3")
	for _, w := range []string{"waiter 1", "waiter 2", "waiter 3"} {
		r.Step(w, spacetime.Step{Text: "Wait", Where: "latch.go:30", Kind: spacetime.Waits})
	}
	r.Cause("done", r.Step("closer", spacetime.Step{Text: "close(done)", Where: "latch.go:22"}))
	for _, w := range []string{"waiter 2", "waiter 1", "waiter 3"} {
		r.Effect("done", r.Step(w, spacetime.Step{Text: "returns", Where: "latch.go:33", Kind: spacetime.Ends}), spacetime.Causes)
	}
	return r.Diagram
}

// crossing has arrows that run over lanes and over each other, to both sides.
func crossing() spacetime.Diagram {
	d := spacetime.Diagram{Title: "Arrows over lanes and over arrows"}
	for _, name := range []string{"a", "b", "c", "d"} {
		d.AddLane(name)
	}
	for i := range 12 {
		d.AddStep(spacetime.Step{Lane: i * 3 % 4, Text: "step", Where: "x.go:" + string(rune('0'+i%10))})
	}
	for _, a := range [][2]int{{0, 5}, {0, 7}, {1, 4}, {1, 10}, {2, 9}, {3, 8}, {3, 9}, {5, 11}, {6, 11}} {
		d.AddArrow(a[0], a[1])
	}
	return d
}
