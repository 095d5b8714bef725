package atomic

import (
	"unsafe"

	"scalelab/pkg/interleave/sched"
)

type size interface {
	~int32 | ~int64 | ~uint32 | ~uint64 | ~uintptr
}

// at starts an operation on a plain variable; its order is kept beside it.
func at[T size](op string, addr *T, writes bool) (*sched.Scheduler, *sched.Object) {
	_ = *addr // a nil pointer panics as in Go
	s := sched.Current()
	if s == nil {
		return nil, nil
	}
	o := s.Variable(unsafe.Pointer(addr))
	s.Point(op, o.Info(), nil)
	s.AtomicAccess(unsafe.Pointer(addr), unsafe.Sizeof(*addr), writes)
	return s, o
}

func load[T size](addr *T) T {
	s, o := at("load", addr, false)
	loaded(s, o, *addr)
	return *addr
}

func store[T size](addr *T, v T) {
	s, o := at("store", addr, true)
	*addr = v
	stored(s, o, v)
}

func update[T size](op string, addr *T, f func(T) T) (old T) {
	s, o := at(op, addr, true)
	old, *addr = *addr, f(*addr)
	modified(s, o, *addr)
	return old
}

func swap[T size](addr *T, v T) T { return update("swap", addr, func(T) T { return v }) }

func add[T size](addr *T, delta T) T {
	return update("add", addr, func(old T) T { return old + delta }) + delta
}

func and[T size](addr *T, mask T) T { return update("and", addr, func(old T) T { return old & mask }) }

func or[T size](addr *T, mask T) T { return update("or", addr, func(old T) T { return old | mask }) }

func compareAndSwap[T size](addr *T, old, replacement T) bool {
	s, o := at("compare and swap", addr, true)
	if *addr != old {
		loaded(s, o, *addr)
		return false
	}
	*addr = replacement
	modified(s, o, replacement)
	return true
}

// The functions of sync/atomic, for each size.

func LoadInt32(addr *int32) int32                  { return load(addr) }
func StoreInt32(addr *int32, v int32)              { store(addr, v) }
func SwapInt32(addr *int32, v int32) (old int32)   { return swap(addr, v) }
func AddInt32(addr *int32, delta int32) int32      { return add(addr, delta) }
func AndInt32(addr *int32, mask int32) (old int32) { return and(addr, mask) }
func OrInt32(addr *int32, mask int32) (old int32)  { return or(addr, mask) }
func CompareAndSwapInt32(addr *int32, old, replacement int32) bool {
	return compareAndSwap(addr, old, replacement)
}

func LoadInt64(addr *int64) int64                  { return load(addr) }
func StoreInt64(addr *int64, v int64)              { store(addr, v) }
func SwapInt64(addr *int64, v int64) (old int64)   { return swap(addr, v) }
func AddInt64(addr *int64, delta int64) int64      { return add(addr, delta) }
func AndInt64(addr *int64, mask int64) (old int64) { return and(addr, mask) }
func OrInt64(addr *int64, mask int64) (old int64)  { return or(addr, mask) }
func CompareAndSwapInt64(addr *int64, old, replacement int64) bool {
	return compareAndSwap(addr, old, replacement)
}

func LoadUint32(addr *uint32) uint32                   { return load(addr) }
func StoreUint32(addr *uint32, v uint32)               { store(addr, v) }
func SwapUint32(addr *uint32, v uint32) (old uint32)   { return swap(addr, v) }
func AddUint32(addr *uint32, delta uint32) uint32      { return add(addr, delta) }
func AndUint32(addr *uint32, mask uint32) (old uint32) { return and(addr, mask) }
func OrUint32(addr *uint32, mask uint32) (old uint32)  { return or(addr, mask) }
func CompareAndSwapUint32(addr *uint32, old, replacement uint32) bool {
	return compareAndSwap(addr, old, replacement)
}

func LoadUint64(addr *uint64) uint64                   { return load(addr) }
func StoreUint64(addr *uint64, v uint64)               { store(addr, v) }
func SwapUint64(addr *uint64, v uint64) (old uint64)   { return swap(addr, v) }
func AddUint64(addr *uint64, delta uint64) uint64      { return add(addr, delta) }
func AndUint64(addr *uint64, mask uint64) (old uint64) { return and(addr, mask) }
func OrUint64(addr *uint64, mask uint64) (old uint64)  { return or(addr, mask) }
func CompareAndSwapUint64(addr *uint64, old, replacement uint64) bool {
	return compareAndSwap(addr, old, replacement)
}

func LoadUintptr(addr *uintptr) uintptr                    { return load(addr) }
func StoreUintptr(addr *uintptr, v uintptr)                { store(addr, v) }
func SwapUintptr(addr *uintptr, v uintptr) (old uintptr)   { return swap(addr, v) }
func AddUintptr(addr *uintptr, delta uintptr) uintptr      { return add(addr, delta) }
func AndUintptr(addr *uintptr, mask uintptr) (old uintptr) { return and(addr, mask) }
func OrUintptr(addr *uintptr, mask uintptr) (old uintptr)  { return or(addr, mask) }
func CompareAndSwapUintptr(addr *uintptr, old, replacement uintptr) bool {
	return compareAndSwap(addr, old, replacement)
}
