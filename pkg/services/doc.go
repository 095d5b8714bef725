// Package services hands a test its own Redis or RabbitMQ, and the faults of the network in between.
//
//	rdb := services.Redis(t).Client()        // an empty Redis, gone when the test ends
//
// A server comes in one of two ways, and the test cannot tell which:
//
//	given      the grader started the servers and names them in the environment (SCALELAB_REDIS_URL, …):
//	           a database, a virtual host or a whole server that this check alone uses
//	embedded   nothing is given, as under plain `go test`: the server runs inside this process
//
// Every view has two addresses and a fault proxy between them:
//
//	subject ── URL ──▶ fault proxy ──▶ server        Cut, Stall, Mute and Down act here, LoseConfirm and the like
//	suite ─── Direct ────────────────▶ server        so the suite still sees what the server holds
//
// Restart, Kill and Start act on the server itself and need a view that is exclusive.
//
// In a testing/synctest bubble no real socket can be used. BubbleRedis and BubbleRabbitMQ run inside the bubble, on
// in-memory connections and the bubble's clock: a TTL of five minutes passes at once when everybody waits for it.
package services

import "scalelab/pkg/services/faults"

// Faults is what a test may do to its own way to a server; see package faults for each method.
type Faults = faults.Faults

// AMQPFaults is the same for RabbitMQ, and what may be done to single publishes and confirms.
type AMQPFaults = faults.AMQP

// ErrNotExclusive is returned by Restart, Kill and Start of a server that is shared with other checks.
var ErrNotExclusive = faults.ErrNotExclusive
