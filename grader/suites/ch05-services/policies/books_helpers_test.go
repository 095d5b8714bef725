package policies_test

import (
	"fmt"
	"strings"

	"scalelab/labs/ch05-services/policies"
)

// turns are the books of round robin: who was last.
type turns struct{ last string }

func (k *turns) tell(list []policies.Backend) []string {
	if k.last == "" {
		return []string{"nobody was picked yet; the list is " + names(list)}
	}
	return []string{fmt.Sprintf("%s was picked last; the list is %s", k.last, names(list))}
}

func (k *turns) begin(id string, _ []policies.Backend) string { k.last = id; return "" }
func (k *turns) end(string) string                            { return "" }

// credits are the books of weighted round robin.
type credits struct{ credit map[string]int }

// after is every credit when the weights have been added; whoever is not in the list is forgotten.
func (k *credits) after(list []policies.Backend) (credit map[string]int, total int) {
	credit = make(map[string]int)
	for _, b := range list {
		credit[b.ID] = k.credit[b.ID] + b.Weight
		total += b.Weight
	}
	return credit, total
}

func (k *credits) tell(list []policies.Backend) []string {
	credit, _ := k.after(list)
	var words []string
	for _, b := range list {
		words = append(words, fmt.Sprintf("%s %d+%d=%d", b.ID, k.credit[b.ID], b.Weight, credit[b.ID]))
	}
	return []string{"credit + weight: " + strings.Join(words, ", ")}
}

func (k *credits) begin(id string, list []policies.Backend) string {
	credit, total := k.after(list)
	credit[id] -= total
	k.credit = credit
	return fmt.Sprintf("credit %d", credit[id])
}

func (k *credits) end(string) string { return "" }

// running are the books of the policies that count requests.
type running struct{ count map[string]int }

func counting() *running { return &running{make(map[string]int)} }

func (k *running) tell(list []policies.Backend) []string {
	var words []string
	for _, b := range list {
		words = append(words, fmt.Sprintf("%s %d/%d", b.ID, k.count[b.ID], b.Weight))
	}
	return []string{"running/weight: " + strings.Join(words, ", ")}
}

func (k *running) begin(id string, _ []policies.Backend) string { return k.note(id, 1) }
func (k *running) end(id string) string                         { return k.note(id, -1) }

func (k *running) note(id string, more int) string {
	k.count[id] += more
	return fmt.Sprintf("%d running", k.count[id])
}
