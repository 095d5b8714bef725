package policies

import "scalelab/pkg/lab"

// NewRoundRobin returns a policy that lets the backends take turns, in the order of the list.
func NewRoundRobin() Policy {
	panic(lab.NotImplemented("policies", "NewRoundRobin"))
}

// NewWeightedRoundRobin returns a policy that lets the backends take turns, each as often as its weight says, and spread evenly.
func NewWeightedRoundRobin() Policy {
	panic(lab.NotImplemented("policies", "NewWeightedRoundRobin"))
}

// NewLeastConnections returns a policy that picks the backend with the fewest running requests for its weight.
func NewLeastConnections() Policy {
	panic(lab.NotImplemented("policies", "NewLeastConnections"))
}

// NewTwoChoices returns a policy that draws two different backends and picks the one with fewer running requests for its weight.
// rand(n) returns a number from 0 to n-1, like IntN of math/rand/v2. It must not be called by two goroutines at the same time.
func NewTwoChoices(rand func(n int) int) Policy {
	panic(lab.NotImplemented("policies", "NewTwoChoices"))
}

// NewRouter returns a policy that sends a request to the pool of the first rule that it meets, where the rule's policy picks. If it
// meets none, otherwise picks among the backends without a pool.
func NewRouter(rules []Rule, otherwise Policy) Policy {
	panic(lab.NotImplemented("policies", "NewRouter"))
}
