package sched

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Object is the part that all drop-ins share: identity in this execution and the order of events that pass through it. Its zero
// value is ready. A drop-in embeds it and calls In first thing in every operation.
type Object struct {
	epoch uint64
	self  *Object // to notice a copy
	info  *ObjectInfo
	Clock Clock // what happened before the last release
	last  int   // index+1 of the event of that release
}

// ObjectInfo describes a lock, channel or other thing that tasks meet at.
type ObjectInfo struct {
	ID     int    // from 1, in the order of first use, per kind
	Kind   string // "mutex", "channel", …
	Name   string // given by Run.Name, else Kind and ID
	Holder int    // id of the task that holds it, or -1
	HeldAt *Site  // where the holder took it
}

func (o *ObjectInfo) String() string {
	if o == nil {
		return ""
	}
	if o.Name != "" {
		return o.Name
	}
	return fmt.Sprintf("%s %d", o.Kind, o.ID)
}

// In ties o to the running execution. It reports whether state left in o belongs to an earlier execution and must be dropped.
func (o *Object) In(s *Scheduler, kind string) (stale bool) {
	if o.epoch == s.epoch && o.self == o {
		return false
	}
	if o.epoch == s.epoch { // a copy keeps the state that it was copied with, and is a thing of its own from here on
		*o = Object{epoch: s.epoch, info: s.describe(kind), Clock: append(Clock(nil), o.Clock...)}
	} else {
		stale = o.epoch != 0
		*o = Object{epoch: s.epoch, info: s.describe(kind)}
	}
	o.self = o
	at := unsafe.Pointer(o)
	o.info.Name = s.names[at]
	s.objects[at] = o.info
	return stale
}

// Info describes o; nil outside an execution.
func (o *Object) Info() *ObjectInfo { return o.info }

// Hold notes that the running task holds o from here on.
func (o *Object) Hold(s *Scheduler) { o.info.Holder, o.info.HeldAt = s.cur.ID, s.cur.site }

// Drop notes that nobody holds o.
func (o *Object) Drop() { o.info.Holder, o.info.HeldAt = -1, nil }

func (s *Scheduler) describe(kind string) *ObjectInfo {
	s.kinds[kind]++
	return &ObjectInfo{ID: s.kinds[kind], Kind: kind, Holder: -1}
}

// Last is the event of o's last release, +1.
func (o *Object) Last() int { return o.last }

// Variable is the object of a plain variable that atomic functions use.
func (s *Scheduler) Variable(p unsafe.Pointer) *Object {
	o := s.variables[p]
	if o == nil {
		o = &Object{}
		o.In(s, "atomic")
		s.variables[p] = o
	}
	return o
}

// Name gives a shared thing a name for reports: a pointer to a lock or other drop-in, or a channel.
func Name(thing any, name string) {
	s := Current()
	v := reflect.ValueOf(thing)
	if s == nil || v.Kind() != reflect.Pointer && v.Kind() != reflect.Chan {
		return
	}
	at := v.UnsafePointer()
	if c := s.chans[at]; c != nil {
		c.obj.info.Name = name
		return
	}
	s.names[at] = name
	if info := s.objects[at]; info != nil {
		info.Name = name
	}
}
