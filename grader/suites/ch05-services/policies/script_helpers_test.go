package policies_test

import (
	"fmt"
	"strings"

	"scalelab/labs/ch05-services/policies"
)

// script is the random source of two choices: it returns the numbers of the pick that is going on, and writes down what was asked.
type script struct {
	numbers []int
	asked   []string
	list    []policies.Backend
}

func (r *script) begin(numbers []int, list []policies.Backend) {
	r.numbers, r.asked, r.list = numbers, nil, list
}

// next stands for rand. When the numbers are used up, or not made for this n, it goes on with numbers that are.
func (r *script) next(n int) int {
	number := 0
	if len(r.asked) < len(r.numbers) {
		number = r.numbers[len(r.asked)]
	}
	number = min(number, max(0, n-1))
	r.asked = append(r.asked, fmt.Sprintf("rand(%d) = %d", n, number))
	return number
}

// calls compares the calls of rand with those that the README demands.
func (r *script) calls() (want, got string) {
	var all []string
	for i, number := range r.numbers {
		all = append(all, fmt.Sprintf("rand(%d) = %d", len(r.list)-i, number))
	}
	return said(all), said(r.asked)
}

func said(calls []string) string {
	if len(calls) == 0 {
		return "rand is not called"
	}
	return strings.Join(calls, ", ")
}

// choices says which two backends the numbers stand for.
func (r *script) choices() string {
	if len(r.numbers) != 2 {
		return "nothing to draw"
	}
	i, j := r.numbers[0], r.numbers[1]
	if j >= i {
		j++
	}
	want, _ := r.calls()
	return fmt.Sprintf("%s: %s first, then %s", want, r.list[i].ID, r.list[j].ID)
}

// beside adds the choices to the books of who runs what.
func (r *script) beside(k *running) books { return choosing{k, r} }

type choosing struct {
	*running
	rand *script
}

func (k choosing) tell(list []policies.Backend) []string {
	return append(k.running.tell(list), k.rand.choices())
}
