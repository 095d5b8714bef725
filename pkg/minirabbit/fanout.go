package minirabbit

import "scalelab/pkg/minirabbit/internal/wire"

// fanoutExchange follows every binding.
type fanoutExchange struct{}

func (fanoutExchange) matches(*binding, string, Table) bool { return true }
func (fanoutExchange) validate(Table) *wire.Error           { return nil }
