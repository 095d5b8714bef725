//go:build !unix

package policy

import "time"

// limitMyself has no second limit to set.
func limitMyself() error { return nil }

var started = time.Now()

// processorTime is at most the time since the start.
func processorTime() time.Duration { return time.Since(started) }
