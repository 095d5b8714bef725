package spacetime_test

import (
	"fmt"

	"scalelab/pkg/spacetime"
)

// A message is lost on its way.
func Example() {
	var d spacetime.Diagram
	sender, receiver := d.AddLane("sender"), d.AddLane("receiver")
	send := d.AddStep(spacetime.Step{Lane: sender, Text: "send 1"})
	receive := d.AddStep(spacetime.Step{Lane: receiver, Text: "receive 1"})
	d.AddArrow(send, receive)
	lost := d.AddStep(spacetime.Step{Lane: sender, Text: "send 2"})
	d.Arrows = append(d.Arrows, spacetime.Arrow{From: lost, Lost: true, Lane: receiver})
	d.AddFact("expected", "1, 2")
	d.AddFact("actual", "1")
	fmt.Print(d.Text())
	// Output:
	//  sender        receiver
	//  ● send 1 ────►● receive 1
	//  ● send 2 ───✗ │
	//
	// expected  1, 2
	// actual    1
	// key       ─✗ lost
}

// From the events of goroutines: who releases is the cause, who acquires next is the effect.
func ExampleRecorder() {
	r := spacetime.NewRecorder("", "goroutine 1", "goroutine 2")
	events := []struct{ goroutine, op, mutex, where string }{
		{"goroutine 1", "lock", "mu", "counter.go:9"},
		{"goroutine 1", "unlock", "mu", "counter.go:11"},
		{"goroutine 2", "lock", "mu", "counter.go:9"},
		{"goroutine 2", "unlock", "mu", "counter.go:11"},
	}
	for _, e := range events {
		at := r.Step(e.goroutine, spacetime.Step{Text: e.op + " " + e.mutex, Where: e.where})
		switch e.op {
		case "unlock":
			r.Cause(e.mutex, at)
		case "lock":
			r.Effect(e.mutex, at, spacetime.Causes)
		}
	}
	fmt.Print(r.Diagram.Text())
	// Output:
	//  goroutine 1                     goroutine 2
	//  ● lock mu  counter.go:9         │
	//  ● unlock mu  counter.go:11 ────►● lock mu  counter.go:9
	//  │                               ● unlock mu  counter.go:11
}

// From the events of a broker: the message is the key, from the publisher to the queue and on to each consumer.
func ExampleRecorder_broker() {
	r := spacetime.NewRecorder("", "producer", "queue rides")
	handled := map[string]bool{}
	for _, e := range []struct{ kind, message, consumer string }{
		{"published", "7", ""}, {"routed", "7", ""}, {"delivered", "7", "consumer 1"}, {"requeued", "7", ""}, {"delivered", "7", "consumer 2"},
	} {
		switch e.kind {
		case "published":
			r.Cause(e.message, r.Step("producer", spacetime.Step{Text: "publish " + e.message}))
		case "routed", "requeued":
			at := r.Step("queue rides", spacetime.Step{Text: e.kind + " " + e.message})
			r.Effect(e.message, at, spacetime.Causes)
			r.Cause(e.message, at)
		case "delivered":
			at := r.Step(e.consumer, spacetime.Step{Text: "handle " + e.message, Highlight: handled[e.message]})
			kind := spacetime.Causes
			if handled[e.message] {
				kind = spacetime.Duplicates
			}
			r.Effect(e.message, at, kind)
			handled[e.message] = true
		}
	}
	fmt.Print(r.Diagram.Text())
	// Output:
	//  producer         queue rides       consumer 1      consumer 2
	//  ● publish 7 ────►● routed 7 ──────►● handle 7      │
	//  │                ● requeued 7 ═════╪══════════════►◆ handle 7
	//
	// key  ◆ look here   ══► duplicate
}

func ExampleStory() {
	fmt.Println(spacetime.Story("Deadlock", []spacetime.Actor{
		{Name: "philosopher 0", Holds: []string{"chopstick 0"}, WaitsFor: "chopstick 1", Where: "philosophers.go:31"},
		{Name: "philosopher 1", Holds: []string{"chopstick 1"}, WaitsFor: "chopstick 0", Where: "philosophers.go:31"},
	}, ""))
	// Output:
	// Deadlock. philosopher 0 holds chopstick 0 and waits for chopstick 1 (philosophers.go:31); philosopher 1 holds chopstick 1 and waits for chopstick 0 (philosophers.go:31).
}
