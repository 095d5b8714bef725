// Package loadbalancer_test holds the checks of the lab loadbalancer. Each function is one check; its rule stands in lab.yaml.
//
// A client, the student's load balancer and a few replicas are hosts of a network in memory, and speak HTTP by net/http, in virtual
// time. The load balancer sends by a Transport that writes down what goes to whom, and picks by a Policy that counts. A message takes
// 10 ms; the scenes look at things halfway between the moments at which something happens.
package loadbalancer_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
