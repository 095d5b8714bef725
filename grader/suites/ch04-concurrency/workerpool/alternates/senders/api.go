// Package workerpool is a lab: a fixed number of workers that carry out the tasks of everybody else.
//
// The photo points beside the slopes take pictures faster than the resort can develop them. Instead of a goroutine for every picture
// there are a few workers and a short queue in front of them. When the queue is full, whoever brings a picture waits; when a picture
// cannot be developed, the worker takes the next one; and in the evening everything that was accepted is finished.
//
// This file is given: it is the same for everybody and you do not hand it in. You write workerpool.go.
package workerpool

import "errors"

// ErrShutdown is what Submit returns once the pool is shut down. Callers compare with errors.Is(err, ErrShutdown).
var ErrShutdown = errors.New("workerpool: shut down")
