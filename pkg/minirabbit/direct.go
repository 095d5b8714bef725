package minirabbit

import "scalelab/pkg/minirabbit/internal/wire"

// directExchange follows the bindings whose key is the message's.
type directExchange struct{}

func (directExchange) matches(b *binding, key string, _ Table) bool { return b.key == key }
func (directExchange) validate(Table) *wire.Error                   { return nil }
