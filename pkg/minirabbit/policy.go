package minirabbit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// policy changes queues and exchanges by their name, while they live.
type policy struct {
	name       string
	pattern    *regexp.Regexp
	priority   int
	applyTo    string // queues, exchanges or all
	definition map[string]any
}

// PolicyOptions are what SetPolicy leaves at their defaults.
type PolicyOptions struct {
	Priority int    // of several that match, the highest rules
	ApplyTo  string // queues, exchanges or all (the default)
}

// policyKeys are the definitions that minirabbit obeys.
var policyKeys = []string{"alternate-exchange", "dead-letter-exchange", "dead-letter-routing-key", "delivery-limit",
	"expires", "max-length", "max-length-bytes", "message-ttl", "overflow"}

// SetPolicy applies a definition (max-length, overflow, message-ttl, …) to every queue and exchange whose name matches
// the regular expression, now and later; as in RabbitMQ one policy rules an entity, and of a number given by policy
// and by argument the smaller rules. Errors: a pattern that does not compile, a key or value that no queue obeys.
func (v *VHost) SetPolicy(name, pattern string, definition map[string]any) error {
	return v.SetPolicyWith(name, pattern, definition, PolicyOptions{})
}

// SetPolicyWith is SetPolicy with a priority and a kind of entity.
func (v *VHost) SetPolicyWith(name, pattern string, definition map[string]any, o PolicyOptions) error {
	p := &policy{name: name, priority: o.Priority, applyTo: o.ApplyTo, definition: maps.Clone(definition)}
	if p.applyTo == "" {
		p.applyTo = "all"
	}
	var err error
	if p.pattern, err = regexp.Compile(pattern); err != nil {
		return fmt.Errorf("policy %s: %w", name, err)
	}
	args := Table{}
	for key, value := range definition {
		if !slices.Contains(policyKeys, key) {
			return fmt.Errorf("policy %s: %s is not recognised", name, key)
		}
		args["x-"+key] = value
	}
	if _, err := newSettings(args, nil, Classic); err != nil {
		return fmt.Errorf("policy %s: %w", name, err)
	}
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	v.policies[name] = p
	v.applyPolicies()
	return nil
}

// DeletePolicy removes a policy. Error: there is none of that name.
func (v *VHost) DeletePolicy(name string) error {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	if _, ok := v.policies[name]; !ok {
		return fmt.Errorf("delete policy %q: not found", name)
	}
	delete(v.policies, name)
	v.applyPolicies()
	return nil
}

func (v *VHost) applyPolicies() {
	for _, q := range byName(v.queues) {
		q.configure()
	}
	v.broker.settle()
}

// policyFor is the policy that rules an entity, or nil.
func (v *VHost) policyFor(name, entities string) *policy {
	var ruling *policy
	for _, p := range byName(v.policies) {
		if p.applyTo != "all" && p.applyTo != entities || !p.pattern.MatchString(name) {
			continue
		}
		if ruling == nil || p.priority > ruling.priority {
			ruling = p
		}
	}
	return ruling
}
