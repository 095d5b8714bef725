// Package samples holds classic concurrent programs, right ones and wrong ones, with the scenarios that tell them apart. They are what
// the explorer is measured on.
package samples

import "scalelab/pkg/interleave"

// Sample is one program under one scenario.
type Sample struct {
	Name string
	Kind interleave.Kind // what goes wrong; empty if nothing does
	Body func(x *interleave.Run)
}

// All returns the samples, wrong ones first.
func All() []Sample {
	return []Sample{
		{"lost update", interleave.DataRace, lostUpdate},
		{"unlocked read", interleave.DataRace, unlockedRead},
		{"map without lock", interleave.DataRace, racyMap},
		{"append without lock", interleave.DataRace, racyAppend},
		{"check then act", interleave.WrongResult, checkThenAct},
		{"reset in two steps", interleave.WrongResult, twoStepReset},
		{"not linearizable", interleave.WrongResult, staleRead},
		{"philosophers, left first", interleave.Deadlock, leftFirst},
		{"buffer with Signal", interleave.Deadlock, signalBuffer},
		{"buffer with if for for", interleave.Panic, ifBuffer},
		{"time-out leaves its worker", interleave.Leak, timeoutLeak},
		{"Add inside the goroutine", interleave.WrongResult, addInside},
		{"polling consumer", interleave.Livelock, polling},
		{"send on closed channel", interleave.Panic, closedPool},
		{"right counter", "", rightCounter},
		{"right atomic counter", "", atomicCounter},
		{"right philosophers", "", rightPhilosophers},
		{"right buffer, Broadcast", "", broadcastBuffer},
		{"right buffer, two conditions", "", twoCondBuffer},
		{"right buffer, channels", "", channelBuffer},
		{"right time-out", "", rightTimeout},
		{"right try lock", "", rightTryLock},
	}
}
