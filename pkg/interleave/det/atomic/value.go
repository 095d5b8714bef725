package atomic

import "reflect"

// Value holds a value of one consistent type.
type Value struct {
	cell
	v any
}

// Load returns what was stored, or nil.
func (x *Value) Load() any {
	s := x.begin("load")
	loaded(s, &x.obj, "")
	return x.v
}

func (x *Value) check(op string, v any) {
	switch {
	case v == nil:
		panic("sync/atomic: " + op + " of nil value into Value")
	case x.v != nil && reflect.TypeOf(x.v) != reflect.TypeOf(v):
		panic("sync/atomic: " + op + " of inconsistently typed value into Value")
	}
}

// Store sets the value.
func (x *Value) Store(v any) {
	s := x.begin("store")
	x.check("store", v)
	x.v = v
	stored(s, &x.obj, "")
}

// Swap sets the value and returns the one before.
func (x *Value) Swap(v any) (old any) {
	s := x.begin("swap")
	x.check("swap", v)
	old, x.v = x.v, v
	modified(s, &x.obj, "")
	return old
}

// CompareAndSwap sets the value to replacement if it is old.
func (x *Value) CompareAndSwap(old, replacement any) bool {
	s := x.begin("compare and swap")
	switch {
	case replacement == nil:
		panic("sync/atomic: compare and swap of nil value into Value")
	case old != nil && reflect.TypeOf(old) != reflect.TypeOf(replacement):
		panic("sync/atomic: compare and swap of inconsistently typed values")
	case x.v != nil && reflect.TypeOf(x.v) != reflect.TypeOf(replacement):
		panic("sync/atomic: compare and swap of inconsistently typed value into Value")
	case x.v != old:
		loaded(s, &x.obj, "")
		return false
	}
	x.v = replacement
	modified(s, &x.obj, "")
	return true
}
