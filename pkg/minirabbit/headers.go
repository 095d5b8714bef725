package minirabbit

import (
	"strings"

	"scalelab/pkg/minirabbit/internal/wire"
)

// headersExchange compares the binding's arguments with the message's headers. x-match says how many must agree:
// all (the default) or any, and whether names that start with x- count: all-with-x, any-with-x.
type headersExchange struct{}

func (headersExchange) matches(b *binding, _ string, headers Table) bool {
	match, _ := b.args["x-match"].(string)
	withX := strings.HasSuffix(match, "-with-x")
	wantAny := strings.HasPrefix(match, "any")
	for name, want := range b.args {
		if name == "x-match" || !withX && strings.HasPrefix(name, "x-") {
			continue
		}
		got, present := headers[name]
		agrees := present && (want == nil || equalValues(want, got))
		if agrees == wantAny {
			return wantAny
		}
	}
	return !wantAny
}

func (headersExchange) validate(args Table) *wire.Error {
	switch match := args["x-match"].(type) {
	case nil:
		return nil
	case string:
		switch match {
		case "all", "any", "all-with-x", "any-with-x":
			return nil
		}
		return wire.Errorf(wire.PreconditionFailed,
			"Invalid x-match field value <<\"%s\">>; expected all, any, all-with-x, or any-with-x", match)
	default:
		return wire.Errorf(wire.PreconditionFailed, "Invalid x-match field type %T (value %v); expected longstr", match, match)
	}
}
