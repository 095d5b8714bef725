package loadbalancer

import (
	"net/http"

	"scalelab/pkg/lab"
)

// ServeHTTP hands the request to one backend, and its answer to the client.
func (lb *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	panic(lab.NotImplemented("loadbalancer", "ServeHTTP"))
}
