// Package messaging is what suites of messaging labs look at a RabbitMQ broker with, and how they tell what they saw.
//
// A check has two ways to the broker. The subject's goes through a fault proxy, and may be cut, stalled or muted; the check's own
// goes past it. So a check looks at what the broker holds, whatever the subject's connection suffers:
//
//	subject ── tap ──▶ fault proxy ──▶ broker ◀── Broker: queues, messages, round trips
//	             └ act at the very moment when certain bytes go out
//
// A broker works in its own time, so a check waits for conditions and never for the clock:
//
//	Until, Await      something that the broker has to do: fails the check after a long while
//	Soon, Promptly    something that is due within a few round trips; the check looks whether it came
//	Eventually        something that the broker does in its own time, whoever waits; the check looks whether it came
//	Settle            what the subject has sent has arrived, and what the broker has sent to it as well
//	Lost              the connection is lost, and every channel of it knows
//
// That something has *not* happened is read off a fence: a confirmed publish has been routed, so a queue that is empty then never
// got it; a consumer that is gone holds nothing, so what it did not handle is in the queue again.
//
// A [Story] is what the check did and saw, in the check's own order. If the check fails, it is drawn.
package messaging
