package faultnet

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"
)

// Fate is what happens to one message. The zero value is an arrival at once.
type Fate struct {
	Delay   time.Duration
	Lost    bool            // of a stream: lost once, and sent again 200 ms later
	Copies  []time.Duration // datagrams: the delays of further copies
	Corrupt bool            // datagrams: one bit is flipped
	Reset   bool            // streams: instead of an arrival the connection is reset, at both ends; of a SYN: refused

	bit uint64 // which bit, modulo the length
}

// FateOf is what the seed and the faults of the link have in store for a message, before any Plan. It depends on these and
// on the message's flow and number only (with ByPayload: on its flow, bytes and Repeat), so a suite can look ahead.
func (n *Network) FateOf(m Message) Fate {
	n.enter()
	defer n.mu.Unlock()
	return n.drawn(m)
}

func (n *Network) fate(m Message) Fate {
	f := n.drawn(m)
	for _, plan := range n.plans {
		plan(m, &f)
	}
	f.Delay = max(0, f.Delay)
	return f
}

// drawn takes the dice in a fixed order, whatever the faults are: raising the loss leaves the latencies as they were.
func (n *Network) drawn(m Message) Fate {
	d, faults := n.dice(m), n.way(m.From.Host, m.To.Host).faults
	latency, lost, twice, second, late, corrupt, refuse := d.roll(), d.roll(), d.roll(), d.roll(), d.roll(), d.roll(), d.roll()
	f := Fate{Delay: faults.Latency.at(latency), bit: d.next()}
	switch m.Type {
	case Unreachable:
	case Datagram:
		f.Lost = lost < faults.Loss
		if late < faults.Reorder {
			f.Delay += faults.holdBack()
		}
		if twice < faults.Duplicate {
			f.Copies = []time.Duration{faults.Latency.at(second)}
		}
		f.Corrupt = corrupt < faults.Corrupt
	case SYN:
		f.Reset = refuse < faults.Refuse
		fallthrough
	default:
		wait := firstRetransmit
		for range mostRetransmits {
			if lost >= faults.Loss {
				break
			}
			f.Delay += wait
			wait *= 2
			lost = d.roll()
		}
	}
	return f
}

// dice are seeded with what identifies the message. Nothing is shared between messages, so nothing depends on who comes first.
func (n *Network) dice(m Message) *dice {
	h := fnv.New64a()
	number := func(v uint64) { _, _ = h.Write(binary.BigEndian.AppendUint64(nil, v)) }
	text := func(s string) { number(uint64(len(s))); _, _ = h.Write([]byte(s)) }
	number(n.seed)
	text(m.From.Net)
	text(m.From.String())
	text(m.To.String())
	number(uint64(m.Conn))
	number(uint64(m.Type))
	if n.byPayload && m.Type == Datagram {
		text(string(m.Data))
		number(uint64(m.Repeat))
	} else {
		number(uint64(m.Seq))
	}
	return &dice{h.Sum64()}
}

// dice is SplitMix64 (Steele, Lea and Flood 2014).
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// roll is uniform in [0, 1).
func (d *dice) roll() float64 { return float64(d.next()>>11) / (1 << 53) }

// corrupted is data with one bit flipped.
func corrupted(data []byte, bit uint64) []byte {
	data = slices.Clone(data)
	bit %= uint64(len(data)) * 8
	data[bit/8] ^= 1 << (bit % 8)
	return data
}
