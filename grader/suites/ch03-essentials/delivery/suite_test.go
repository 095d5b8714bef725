// Package delivery_test holds the checks of the lab delivery. Each function is one check; its rule stands in lab.yaml.
//
// Everything happens in virtual time, on a network in memory that does what a scene tells it. A scene has a lift that sends, a
// valley that receives, and in most of them the fate of each packet is written down: which is lost, which arrives twice, which
// comes an hour late. What happened is drawn if the check fails. Where the dice decide, only promises are counted: which packet
// a program sends as its seventeenth may depend on the order of its goroutines.
package delivery_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }
