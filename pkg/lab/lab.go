// Package lab is what the stubs of the labs call.
//
// A stub compiles, documents what is to be built, and says so when it is called:
//
//	func (b *Buffer[T]) Put(v T) error {
//		panic(lab.NotImplemented("boundedbuffer", "Put"))
//	}
//
// Replace the whole body when you fill it in.
package lab

import "scalelab/pkg/internal/unfinished"

// NotImplemented records that fn of lab is still a stub and panics with "lab <lab>: implement <fn>".
//
// It never returns. It has a result only so that panic(lab.NotImplemented(…)) can stand as the last statement of a function
// that returns something. Recovering the panic does not undo the record: such a check scores 0.
func NotImplemented(lab, fn string) string {
	unfinished.Record(lab, fn)
	panic("lab " + lab + ": implement " + fn)
}
