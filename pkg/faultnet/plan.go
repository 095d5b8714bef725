package faultnet

import "slices"

// Plan lets a function decide the fates of messages, after the dice: it may change f as it likes. Plans are asked in the order
// in which they were made. A plan is called with the network locked: it may not call the network, and to keep runs
// repeatable it should depend on the message alone.
func (n *Network) Plan(plan func(m Message, f *Fate)) {
	n.enter()
	defer n.mu.Unlock()
	n.plans = append(n.plans, plan)
}

// Drop loses the datagrams for which the function is true, and no others than those and what the faults lose.
func (n *Network) Drop(lose func(m Message) bool) {
	n.Plan(func(m Message, f *Fate) {
		if m.Type == Datagram && lose(m) {
			f.Lost = true
		}
	})
}

// Lose loses the datagrams with the given numbers that go from one host to another: Lose("bob", "alice", 1) loses the first
// reply. Numbers count per flow.
func (n *Network) Lose(from, to string, numbers ...int) {
	n.Drop(func(m Message) bool {
		return m.From.Host == from && m.To.Host == to && slices.Contains(numbers, m.Seq)
	})
}

// Break resets the connection instead of delivering the numbered data segment of any stream from one host to another:
// Break("bank", "client", 1) lets a request through and takes the answer away.
func (n *Network) Break(from, to string, number int) {
	n.Plan(func(m Message, f *Fate) {
		if m.Type == Data && m.From.Host == from && m.To.Host == to && m.Seq == number {
			f.Reset = true
		}
	})
}
