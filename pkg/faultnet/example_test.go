package faultnet_test

import (
	"fmt"

	"scalelab/pkg/faultnet"
)

// The second of three datagrams is lost, exactly.
func Example() {
	n := faultnet.New(1)
	defer n.Close()
	alice, bob := n.Host("alice"), n.Host("bob")
	n.Lose("alice", "bob", 2)

	inbox, _ := bob.ListenPacket("udp", ":53")
	outbox, _ := alice.ListenPacket("udp", ":0")
	data := make([]byte, 100)
	for i, text := range []string{"Deposit 5", "Deposit 6", "Deposit 7"} {
		_, _ = outbox.WriteTo([]byte(text), inbox.LocalAddr())
		if i == 1 {
			continue // nothing will come
		}
		size, from, _ := inbox.ReadFrom(data)
		fmt.Printf("%s from %s\n", data[:size], from)
	}
	fmt.Print(n.Diagram(faultnet.View{}).Text())
	// Output:
	// Deposit 5 from alice:32768
	// Deposit 7 from alice:32768
	//  alice                 bob
	//  ● send Deposit 5 ────►● receive Deposit 5
	//  ● send Deposit 6 ───✗ │
	//  ● send Deposit 7 ────►● receive Deposit 7
	//
	// key  ─✗ lost
}
