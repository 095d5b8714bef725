package sync

import (
	"fmt"
	"reflect"
	"slices"

	"scalelab/pkg/interleave/sched"
)

// Map is a map for concurrent use; the zero value is empty. What wrote a key happens before whoever observes it.
type Map struct {
	obj     sched.Object
	entries map[any]*mapEntry
	order   []any // keys by their first insertion
}

// mapEntry stays when its key is deleted: who finds the key missing has observed the deletion.
type mapEntry struct {
	obj     sched.Object
	value   any
	present bool
}

// op starts an operation on key and returns its entry.
func (m *Map) op(name string, key any) (*sched.Scheduler, *mapEntry) {
	s := enter()
	if s != nil {
		if m.obj.In(s, "sync.Map") {
			m.entries, m.order = nil, nil
		}
		s.Point(name, m.obj.Info(), nil)
	}
	e := m.entries[key]
	if e == nil {
		e = &mapEntry{}
		if m.entries == nil {
			m.entries = map[any]*mapEntry{}
		}
		m.entries[key] = e
		m.order = append(m.order, key)
	}
	return s, e
}

// observed ends a read.
func (e *mapEntry) observed(s *sched.Scheduler, key any) {
	if s != nil {
		e.obj.In(s, "entry")
		s.Acquired(&e.obj, shown(s, key))
	}
}

// put ends a write.
func (e *mapEntry) put(s *sched.Scheduler, key, value any, present bool) {
	e.value, e.present = value, present
	if s != nil {
		e.obj.In(s, "entry")
		s.Acquire(e.obj.Clock)
		s.Released(&e.obj, shown(s, key))
	}
}

// shown is a key in a report: never an address.
func shown(s *sched.Scheduler, key any) string {
	if !s.Tracing() {
		return ""
	}
	switch reflect.ValueOf(key).Kind() {
	case reflect.Pointer, reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Interface, reflect.Struct, reflect.Array:
		return fmt.Sprintf("a %T", key)
	}
	return fmt.Sprint(key)
}

// Load returns the value stored for key.
func (m *Map) Load(key any) (value any, ok bool) {
	s, e := m.op("load", key)
	e.observed(s, key)
	return e.value, e.present
}

// Store sets the value for key.
func (m *Map) Store(key, value any) { m.Swap(key, value) }

// Swap sets the value for key and returns the one before.
func (m *Map) Swap(key, value any) (previous any, loaded bool) {
	s, e := m.op("store", key)
	previous, loaded = e.value, e.present
	e.put(s, key, value, true)
	return previous, loaded
}

// LoadOrStore returns the value for key, or stores the given one.
func (m *Map) LoadOrStore(key, value any) (actual any, loaded bool) {
	s, e := m.op("load or store", key)
	if e.present {
		e.observed(s, key)
		return e.value, true
	}
	e.put(s, key, value, true)
	return value, false
}

// LoadAndDelete deletes the value for key and returns it.
func (m *Map) LoadAndDelete(key any) (value any, loaded bool) {
	s, e := m.op("delete", key)
	value, loaded = e.value, e.present
	e.put(s, key, nil, false)
	return value, loaded
}

// Delete deletes the value for key.
func (m *Map) Delete(key any) { m.LoadAndDelete(key) }

// CompareAndSwap sets the value for key to replacement if it is old.
func (m *Map) CompareAndSwap(key, old, replacement any) (swapped bool) {
	s, e := m.op("compare and swap", key)
	if !e.present || e.value != old {
		e.observed(s, key)
		return false
	}
	e.put(s, key, replacement, true)
	return true
}

// CompareAndDelete deletes the value for key if it is old.
func (m *Map) CompareAndDelete(key, old any) (deleted bool) {
	s, e := m.op("compare and delete", key)
	if !e.present || e.value != old {
		e.observed(s, key)
		return false
	}
	e.put(s, key, nil, false)
	return true
}

// Clear deletes everything.
func (m *Map) Clear() {
	s, _ := m.op("clear", nil)
	for _, key := range m.order {
		e := m.entries[key]
		e.value, e.present = nil, false
		if s != nil {
			e.obj.In(s, "entry")
			s.Acquire(e.obj.Clock)
			s.Release(&e.obj.Clock)
		}
	}
	if s != nil {
		s.Did("")
	}
}

// Range calls f for each entry, in an order that is explored, until f returns false.
func (m *Map) Range(f func(key, value any) bool) {
	s, _ := m.op("range", nil)
	if s != nil {
		s.Did("")
	}
	rest := slices.DeleteFunc(slices.Clone(m.order), func(key any) bool { return !m.entries[key].present })
	for len(rest) > 0 {
		i := 0
		if s != nil {
			i = s.ChooseNext(len(rest))
		}
		key := rest[i]
		rest = slices.Delete(rest, i, i+1)
		s, e := m.op("range", key)
		e.observed(s, key)
		if e.present && !f(key, e.value) {
			return
		}
	}
}
