package faultnet

import (
	"math"
	"time"
)

// Faults is what one direction of a link does to what crosses it. The zero value is a perfect link: everything arrives, in
// order and at once. Shares lie between 0 (never) and 1 (always).
type Faults struct {
	Latency   Latency // how long a message is on its way; nil is not at all
	Bandwidth int     // bytes a second for each connection or pair of sockets; 0 is unlimited

	Loss      float64       // share of datagrams that vanish; a stream sends again, so its bytes come later
	Duplicate float64       // share of datagrams that arrive twice
	Reorder   float64       // share of datagrams that are held back, so that later ones overtake them
	HoldBack  time.Duration // how long such a datagram is held back; 0 is 10 ms
	Corrupt   float64       // share of datagrams in which one bit is flipped

	Refuse   float64 // share of dials that are refused although somebody listens
	CutAfter int     // a connection is reset after so many bytes in this direction; 0 is never
}

// Latency is a distribution of delays, given by its quantile function: u is uniform between 0 and 1.
type Latency func(u float64) time.Duration

// Fixed is always d.
func Fixed(d time.Duration) Latency { return func(float64) time.Duration { return d } }

// Uniform is anything from lo to hi, all equally likely.
func Uniform(lo, hi time.Duration) Latency {
	return func(u float64) time.Duration { return lo + time.Duration(u*float64(hi-lo)) }
}

// Exponential is at least lo, and mean on average: most messages are quick, a few are very late.
func Exponential(lo, mean time.Duration) Latency {
	return func(u float64) time.Duration { return lo + time.Duration(-math.Log(1-u)*float64(mean-lo)) }
}

// Mostly is usual, but for the given share of messages it is rare: a long tail of two lengths.
func Mostly(usual, rare Latency, share float64) Latency {
	return func(u float64) time.Duration {
		switch {
		case share <= 0 || u < 1-share:
			return usual(u / (1 - max(share, 0)))
		default:
			return rare((u - (1 - share)) / share)
		}
	}
}

func (l Latency) at(u float64) time.Duration {
	if l == nil {
		return 0
	}
	return max(0, l(u))
}

const (
	defaultHoldBack = 10 * time.Millisecond
	firstRetransmit = 200 * time.Millisecond // the least that Linux waits; doubled each time
	mostRetransmits = 7
)

func (f Faults) holdBack() time.Duration {
	if f.HoldBack > 0 {
		return f.HoldBack
	}
	return defaultHoldBack
}

// sending is how long size bytes take to leave at the link's bandwidth.
func (f Faults) sending(size int) time.Duration {
	if f.Bandwidth <= 0 {
		return 0
	}
	return time.Duration(float64(size) / float64(f.Bandwidth) * float64(time.Second))
}
