package interleave

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"scalelab/pkg/interleave/sched"
)

// history is what the scenario's operations were given and returned, and when.
type history struct {
	mu    sync.Mutex
	clock int64
	done  []porcupine.Operation
	names map[int]string // of the clients
}

// Call records one operation of a client for Linearizable: what it was given, what it returned, and when it began and ended, in the
// scheduler's own steps. A client's operations must follow each other.
func Call[O any](x *Run, client int, input any, operation func() O) O {
	begun := x.begin(input)
	output := operation()
	ended := x.end(output)
	x.history.mu.Lock()
	defer x.history.mu.Unlock()
	if x.history.names == nil {
		x.history.names = map[int]string{}
	}
	x.history.names[client] = x.clientName(client)
	x.history.done = append(x.history.done, porcupine.Operation{ClientId: client, Input: input, Call: begun, Output: output, Return: ended})
	return output
}

// clientName is the name of the goroutine that acts for the client.
func (x *Run) clientName(client int) string {
	if !x.controlled {
		return fmt.Sprintf("client %d", client)
	}
	return sched.Current().TaskName()
}

// begin is the time at which an operation begins. Others may run before it.
func (x *Run) begin(input any) int64 {
	if !x.controlled {
		return x.tick()
	}
	s := sched.Current()
	s.Point("call", nil, nil)
	detail := ""
	if s.Tracing() {
		detail = fmt.Sprint(input)
	}
	s.Did(detail)
	return int64(s.Stamp())
}

// end is the time at which an operation ends. Nobody runs between its last step and this.
func (x *Run) end(output any) int64 {
	if !x.controlled {
		return x.tick()
	}
	s := sched.Current()
	if s.Tracing() {
		s.Note("return", fmt.Sprint(output))
	}
	return int64(s.Stamp())
}

// tick is a time that only grows, for native runs.
func (x *Run) tick() int64 {
	x.history.mu.Lock()
	defer x.history.mu.Unlock()
	x.history.clock++
	return x.history.clock
}

// History is what Call has recorded so far.
func (x *Run) History() []porcupine.Operation {
	x.history.mu.Lock()
	defer x.history.mu.Unlock()
	return slices.Clone(x.history.done)
}

// Linearizable demands, at the end of the execution, that its history is one that model could have produced one operation at a time.
func (x *Run) Linearizable(model porcupine.Model) { x.models = append(x.models, model) }

// checkTime bounds the search for a linearization. Reaching it is not judged, never a failure.
const checkTime = 10 * time.Second

// judge returns what is wrong with the history, or why that could not be told.
func (x *Run) judge() (wrong, unjudged string) {
	for _, model := range x.models {
		switch porcupine.CheckOperationsTimeout(model, x.History(), checkTime) {
		case porcupine.Illegal:
			return "no order of these operations, one at a time, gives these results (numbers are points in time):\n" + x.describe(model), ""
		case porcupine.Unknown:
			return "", "the history is too long to be checked"
		}
	}
	return "", ""
}

// describe lists the operations in the order of their beginning.
func (x *Run) describe(model porcupine.Model) string {
	done := x.History()
	slices.SortFunc(done, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var lines []string
	for _, op := range done {
		text := fmt.Sprintf("%v = %v", op.Input, op.Output)
		if model.DescribeOperation != nil {
			text = model.DescribeOperation(op.Input, op.Output)
		}
		lines = append(lines, fmt.Sprintf("%s, from %d to %d: %s", x.history.names[op.ClientId], op.Call, op.Return, text))
	}
	return strings.Join(lines, "\n")
}
