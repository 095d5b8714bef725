package spacetime_test

import "scalelab/pkg/spacetime"

// brokerCases are failures in which messages travel: lanes are hosts, exchanges, queues, consumers.
func brokerCases() map[string]spacetime.Diagram {
	return map[string]spacetime.Diagram{
		"lost-message":        lostMessage(),
		"duplicated-message":  duplicatedMessage(),
		"reordered":           reordered(),
		"retried-deposit":     retriedDeposit(),
		"unroutable":          unroutable(),
		"consumer-crash":      consumerCrash(),
		"lost-reply-leftward": lostReply(),
	}
}

func lostMessage() spacetime.Diagram {
	r := spacetime.NewRecorder("Lost message", "sender", "receiver")
	r.Cause("1", r.Step("sender", spacetime.Step{Text: "send 1", Where: "delivery.go:40"}))
	r.Effect("1", r.Step("receiver", spacetime.Step{Text: "receive 1", Where: "delivery.go:71"}), spacetime.Causes)
	lost := r.Step("sender", spacetime.Step{Text: "send 2", Where: "delivery.go:40"})
	r.Lose(lost, "receiver", "2")
	r.Cause("3", r.Step("sender", spacetime.Step{Text: "send 3", Where: "delivery.go:40"}))
	r.Effect("3", r.Step("receiver", spacetime.Step{Text: "receive 3", Where: "delivery.go:71"}), spacetime.Causes)
	r.Diagram.AddFact("expected", "at least once: 1, 2, 3")
	r.Diagram.AddFact("actual", "1, 3")
	return r.Diagram
}

func lostReply() spacetime.Diagram {
	r := spacetime.NewRecorder("The acknowledgement is lost", "sender", "router", "receiver")
	r.Cause("1", r.Step("sender", spacetime.Step{Text: "send 1"}))
	at := r.Step("receiver", spacetime.Step{Text: "receive 1"})
	r.Effect("1", at, spacetime.Causes)
	r.Lose(at, "sender", "ack 1")
	r.Cause("1", r.Step("sender", spacetime.Step{Text: "time-out: send 1"}))
	at = r.Step("receiver", spacetime.Step{Text: "receive 1 again", Highlight: true})
	r.Effect("1", at, spacetime.Retries)
	r.Cause("ack", at)
	r.Effect("ack", r.Step("sender", spacetime.Step{Text: "acknowledged"}), spacetime.Causes)
	r.Diagram.AddFact("actual", "received twice")
	return r.Diagram
}

func duplicatedMessage() spacetime.Diagram {
	r := spacetime.NewRecorder("Duplicated message", "sender", "network", "receiver")
	r.Cause("a", r.Step("sender", spacetime.Step{Text: "send 1"}))
	twice := r.Step("network", spacetime.Step{Text: "copies the packet"})
	r.Effect("a", twice, spacetime.Causes)
	r.Cause("b", twice)
	r.Effect("b", r.Step("receiver", spacetime.Step{Text: "Receive() = 1"}), spacetime.Causes)
	r.Effect("b", r.Step("receiver", spacetime.Step{Text: "Receive() = 1 again", Highlight: true}), spacetime.Duplicates)
	r.Diagram.AddFact("expected", "exactly once: 1")
	r.Diagram.AddFact("actual", "1, 1")
	return r.Diagram
}

func reordered() spacetime.Diagram {
	r := spacetime.NewRecorder("Reordered messages", "sender", "receiver")
	r.Cause("1", r.Step("sender", spacetime.Step{Text: "send 1"}))
	r.Cause("2", r.Step("sender", spacetime.Step{Text: "send 2"}))
	r.Effect("2", r.Step("receiver", spacetime.Step{Text: "Receive() = 2", Highlight: true}), spacetime.Causes)
	r.Effect("1", r.Step("receiver", spacetime.Step{Text: "Receive() = 1"}), spacetime.Causes)
	r.Diagram.AddFact("expected", "1, 2")
	r.Diagram.AddFact("actual", "2, 1")
	return r.Diagram
}

func retriedDeposit() spacetime.Diagram {
	r := spacetime.NewRecorder("Deposited twice", "client", "bank")
	r.Diagram.Lanes[1].Value = "balance 100"
	r.Cause("first", r.Step("client", spacetime.Step{Text: "Deposit 50, key k1", Where: "bank.go:33"}))
	applied := r.Step("bank", spacetime.Step{Text: "applies k1", Value: "balance 150"})
	r.Effect("first", applied, spacetime.Causes)
	r.Lose(applied, "client", "receipt")
	r.Cause("again", r.Step("client", spacetime.Step{Text: "no answer: again, key k1", Where: "bank.go:41"}))
	twice := r.Step("bank", spacetime.Step{Text: "applies k1 again", Value: "balance 200", Highlight: true})
	r.Effect("again", twice, spacetime.Retries)
	r.Cause("receipt", twice)
	r.Effect("receipt", r.Step("client", spacetime.Step{Text: "receipt: balance 200"}), spacetime.Causes)
	r.Diagram.AddFact("expected", "balance 150")
	r.Diagram.AddFact("actual", "balance 200")
	return r.Diagram
}

func unroutable() spacetime.Diagram {
	r := spacetime.NewRecorder("An acknowledged message that no queue got", "producer", "exchange returns.topic", "queue returns.no")
	r.Cause("m1", r.Step("producer", spacetime.Step{Text: "publish m1 to return.se.boots, mandatory", Where: "exchanges.go:88"}))
	route := r.Step("exchange returns.topic", spacetime.Step{Text: "no binding matches return.se.boots"})
	r.Effect("m1", route, spacetime.Causes)
	r.Cause("m1", route)
	r.Effect("m1", r.Step("producer", spacetime.Step{Text: "basic.return 312 NO_ROUTE"}), spacetime.Causes)
	ack := r.Step("exchange returns.topic", spacetime.Step{Text: "confirms m1 all the same"})
	r.Cause("m1", ack)
	r.Effect("m1", r.Step("producer", spacetime.Step{Text: "basic.ack: Publish returns nil", Where: "exchanges.go:97",
		Highlight: true}), spacetime.Causes)
	r.Diagram.AddFact("expected", "Publish returns ErrUnroutable")
	r.Diagram.AddFact("actual", "nil")
	return r.Diagram
}

func consumerCrash() spacetime.Diagram {
	r := spacetime.NewRecorder("Handled twice", "producer", "queue rides", "consumer 1", "consumer 2", "Redis")
	r.Diagram.Lanes[4].Value = "rides 0"
	tell := func(key, from, text, to, then string, kind spacetime.ArrowKind, s spacetime.Step) int {
		if from != "" {
			r.Cause(key, r.Step(from, spacetime.Step{Text: text}))
		}
		s.Text = then
		at := r.Step(to, s)
		r.Effect(key, at, kind)
		return at
	}
	tell("m7", "producer", "publish 7", "queue rides", "store 7", spacetime.Causes, spacetime.Step{})
	tell("m7", "queue rides", "deliver 7", "consumer 1", "handle 7", spacetime.Causes, spacetime.Step{})
	tell("incr", "consumer 1", "INCR rides", "Redis", "INCR", spacetime.Causes, spacetime.Step{Value: "rides 1"})
	crash := r.Step("consumer 1", spacetime.Step{Text: "crashes before ack", Kind: spacetime.Crashes})
	r.Cause("m7", crash)
	tell("m7", "", "", "queue rides", "requeue 7", spacetime.Causes, spacetime.Step{})
	tell("m7", "queue rides", "deliver 7 (redelivered)", "consumer 2", "handle 7 again", spacetime.Duplicates,
		spacetime.Step{Highlight: true})
	tell("incr", "consumer 2", "INCR rides", "Redis", "INCR", spacetime.Causes, spacetime.Step{Value: "rides 2", Highlight: true})
	tell("ack", "consumer 2", "ack 7", "queue rides", "drop 7", spacetime.Causes, spacetime.Step{})
	r.Step("consumer 1", spacetime.Step{Text: "restarts", Kind: spacetime.Begins})
	r.Diagram.AddFact("expected", "rides 1: one effect for each message")
	r.Diagram.AddFact("actual", "rides 2")
	return r.Diagram
}
