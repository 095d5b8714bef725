// Package faultnet is a network in memory whose faults are decided by a seed.
//
// A program under test gets what package net would give it: net.Conn, net.Listener, net.PacketConn, with the same semantics
// and the same errors. It runs unchanged, net/http and all. The test gets the other end of the stick:
//
//	n := faultnet.New(1)                                   // the seed
//	bank, client := n.Host("bank"), n.Host("client")
//	n.Default(faultnet.Faults{Latency: faultnet.Uniform(5*time.Millisecond, 20*time.Millisecond)})
//	n.Way("bank", "client").Set(faultnet.Faults{Loss: 0.4}) // answers get lost
//
//	l, err := bank.Listen("tcp", ":80")
//	web := &http.Client{Transport: &http.Transport{DialContext: client.Dial}}
//	web.Get("http://bank/balance")
//
// # What can go wrong
//
//	                       datagrams (udp)                    streams (tcp)
//	Faults.Latency         each is delayed, and so            each segment is delayed, the order stays
//	                       one may overtake another
//	Faults.Bandwidth       per pair of sockets                per direction of a connection
//	Faults.Loss            gone                               sent again: 200 ms later, 400 ms, …
//	Faults.Duplicate, Reorder, Corrupt                        –
//	Faults.Refuse          –                                  a dial is refused
//	Faults.CutAfter        –                                  reset after so many bytes
//	Link.Cut, Partition    lost, those under way too          held until Heal; so are dials
//	Link.Stall             held until Resume                  held until Resume
//	Link.Reset             –                                  both ends get ECONNRESET
//	Host.Kill              nobody listens                     as kill -9: peers see io.EOF or a reset, dials are refused
//	Host.Crash             lost                               as a power cut: nobody learns, dials wait
//	Host.Restart           –                                  reset for those that have sent meanwhile, for others when they send
//	Plan, Drop, Lose, Break                                   exactly this message
//
// Link acts on both directions, Way on one. With one way cut a connection is half-open: one end sends and the other answers, but
// the answer never comes. To the sender this looks the same as a slow peer, a dead peer and a lost request, which is why such
// an outcome is called unknown.
//
// # How a run repeats
//
// Sleeping and hoping does not make a test of a distributed program; running it in a testing/synctest bubble does. There
// the clock stands still until every goroutine waits, so hours pass in milliseconds and a time-out is exact. But a bubble decides
// only when things happen and not in which order the goroutines of one instant run. So nothing here depends on that order:
//
//   - The fate of a message is a hash of the seed, its flow (from which address to which, and of which connection) and its
//     number in that flow. No stream of random numbers is shared, so it does not matter who draws first, and one flow does
//     not disturb another.
//   - Even the fastest message takes a nanosecond. Whatever arrives at one instant is handed over together, in an order that
//     follows from flows and numbers, when every goroutine has done what it had to do before.
//   - At an instant arrivals come first, then whatever programs and tests do, and a deadline that is reached is over.
//   - Events returns the log in an order that follows from what happened (see order.go), and so does the picture.
//
// What remains is the program's own: if two goroutines write to one socket at the same instant, which of their messages is
// number 1 is anybody's guess. Option ByPayload goes by the bytes instead. The same holds for two dials from one host to one
// address. And whoever puts random bytes or the time of day into messages will see them in the log.
//
// The nanosecond also means that a round trip over a link without latency takes two: a test that wants exact durations gives
// every link a latency, or rounds.
//
// # In a bubble
//
//	synctest.Test(t, func(t *testing.T) {
//		n := faultnet.New(1)                       // made inside the bubble, like everything that it joins
//		defer n.Close()                            // wakes whoever still waits for the network
//		n.Lose("bank", "client", 1)                // the first answer is lost
//		…
//		require.Equal(t, 150, balance, …)
//		check.Show(t, evidence(n.Diagram(faultnet.View{Title: "Deposited twice"})))
//	})
//
// All waiting is on conditions and timers of the bubble, and never with a lock held. Two things surprise in bubbles, and are not
// this package's: net/http's server lingers for half a second after some answers, so let a second pass before the end; and a
// host's program does not die with its host: its goroutines go on, and find that their sockets are closed.
//
// # The picture
//
// Diagram turns the log into a space-time diagram (package spacetime). Hosts are lanes, a lost message ends in a cross, a copy that
// the network made is drawn double and a message that was sent before is drawn dashed. Label names messages, Host.Note and
// Host.Step add what the program does:
//
//	client                       bank [balance 100]
//	● send Deposit 50 ──────────►● receive Deposit 50
//	│                            ● apply  [balance 150]
//	│ ✗──────────────────────────● send receipt
//	● no answer                  │
//	● send Deposit 50 again ╌╌╌╌►● receive Deposit 50 again
//	│                            ◆ apply  [balance 200]
//
// # What it is not
//
// There is no congestion, no slow start and no Nagle; acknowledgements and window updates cost nothing; a connection over a link
// that stays cut never times out by itself (a dial does, after 127 s). A corrupted datagram arrives, as if checksums were off. A
// host's link to itself has no faults unless Link(name, name) is set. The log ends at 100,000 events and keeps 4 KiB of each
// message.
package faultnet
