package atomic

// An integer of one of the sizes; its methods are those of the type that embeds it.
type integer[T ~int32 | ~int64 | ~uint32 | ~uint64 | ~uintptr] struct {
	cell
	v T
}

// Load returns the value.
func (x *integer[T]) Load() T {
	s := x.begin("load")
	loaded(s, &x.obj, x.v)
	return x.v
}

// Store sets the value.
func (x *integer[T]) Store(v T) {
	s := x.begin("store")
	x.v = v
	stored(s, &x.obj, v)
}

func (x *integer[T]) update(op string, f func(T) T) (old T) {
	s := x.begin(op)
	old, x.v = x.v, f(x.v)
	modified(s, &x.obj, x.v)
	return old
}

// Swap sets the value and returns the one before.
func (x *integer[T]) Swap(v T) (old T) { return x.update("swap", func(T) T { return v }) }

// Add adds delta and returns the new value.
func (x *integer[T]) Add(delta T) T {
	return x.update("add", func(old T) T { return old + delta }) + delta
}

// And combines with mask and returns the old value.
func (x *integer[T]) And(mask T) (old T) { return x.update("and", func(old T) T { return old & mask }) }

// Or combines with mask and returns the old value.
func (x *integer[T]) Or(mask T) (old T) { return x.update("or", func(old T) T { return old | mask }) }

// CompareAndSwap sets the value to replacement if it is old.
func (x *integer[T]) CompareAndSwap(old, replacement T) bool {
	s := x.begin("compare and swap")
	if x.v != old {
		loaded(s, &x.obj, x.v)
		return false
	}
	x.v = replacement
	modified(s, &x.obj, x.v)
	return true
}

// Int32 is an atomic int32.
type Int32 struct{ integer[int32] }

// Int64 is an atomic int64.
type Int64 struct{ integer[int64] }

// Uint32 is an atomic uint32.
type Uint32 struct{ integer[uint32] }

// Uint64 is an atomic uint64.
type Uint64 struct{ integer[uint64] }

// Uintptr is an atomic uintptr.
type Uintptr struct{ integer[uintptr] }

// whole is a value that is only loaded and stored as a whole.
type whole[T comparable] struct {
	cell
	v T
}

// Load returns the value.
func (x *whole[T]) Load() T {
	s := x.begin("load")
	loaded(s, &x.obj, shown(x.v))
	return x.v
}

// Store sets the value.
func (x *whole[T]) Store(v T) {
	s := x.begin("store")
	x.v = v
	stored(s, &x.obj, shown(v))
}

// Swap sets the value and returns the one before.
func (x *whole[T]) Swap(v T) (old T) {
	s := x.begin("swap")
	old, x.v = x.v, v
	modified(s, &x.obj, shown(v))
	return old
}

// CompareAndSwap sets the value to replacement if it is old.
func (x *whole[T]) CompareAndSwap(old, replacement T) bool {
	s := x.begin("compare and swap")
	if x.v != old {
		loaded(s, &x.obj, shown(x.v))
		return false
	}
	x.v = replacement
	modified(s, &x.obj, shown(replacement))
	return true
}

// shown is what a report may say about a value: never an address.
func shown(v any) any {
	if b, ok := v.(bool); ok {
		return b
	}
	return ""
}

// Bool is an atomic bool.
type Bool struct{ whole[bool] }

// Pointer is an atomic *T.
type Pointer[T any] struct{ whole[*T] }
