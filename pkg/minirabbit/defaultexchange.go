package minirabbit

import "slices"

// routeDefault is the default exchange: every queue is bound to it by its own name, and nothing can change that.
func (x *exchange) routeDefault(keys []string, found *[]*queue) {
	for _, key := range keys {
		if q, ok := x.vhost.queues[key]; ok && !slices.Contains(*found, q) {
			*found = append(*found, q)
		}
	}
}
