package minirabbit

import "time"

// Clock tells the time and calls back after a while. Message and queue TTLs, heartbeats and delayed confirms obey it.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending call of AfterFunc. Stop reports whether it prevented the call.
type Timer interface{ Stop() bool }

// systemClock is package time, which inside a testing/synctest bubble is the bubble's virtual time.
type systemClock struct{}

func (systemClock) Now() time.Time                            { return time.Now() }
func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
