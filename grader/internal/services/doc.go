// Package services gives every check its own Redis and RabbitMQ.
//
// The check runs in a sandbox, with no Docker and no rights over a server. So the grader starts the servers, once
// for a run, and hands each check a view: a part of a server that nobody else uses, a fault proxy in front of it,
// and a socket through which the check asks for faults.
//
//	           Pool (one per run)                          View (one per check)
//	┌────────────────────────────────────────┐   ┌──────────────────────────────────────┐
//	│ source redis      source rabbitmq      │   │  tenancy     database, virtual host   │
//	│   embedded          embedded           │   │              or a whole server        │
//	│   process           process            ├──▶│  fault proxy  SCALELAB_REDIS_URL, …    │──▶ check
//	│   container         container          │   │  control      SCALELAB_FAULTS          │
//	│   external          external           │   └──────────────────────────────────────┘
//	└────────────────────────────────────────┘
//
// A provider is where servers come from; a source is one provider's servers of one kind; a tenancy is one check's
// part of them. Some sources start a server for each check (a redis-server takes 15 ms), others divide one server
// among all (a RabbitMQ takes seconds). A check that restarts or kills a server that is divided must be exclusive:
// it waits until it is alone, and the others wait for it.
//
// Nothing that goes wrong here is the student's fault: every error means that the check is not judged.
package services
