package sched

import "unsafe"

// tables are what an execution knows about the memory and the things of the program.
type tables struct {
	kinds     map[string]int
	names     map[unsafe.Pointer]string
	objects   map[unsafe.Pointer]*ObjectInfo // by the address of their Object
	chans     map[unsafe.Pointer]*channel
	variables map[unsafe.Pointer]*Object
	raceKeys  map[string]bool
	shadow    shadow
}

func newTables() *tables {
	return &tables{
		kinds: map[string]int{}, names: map[unsafe.Pointer]string{}, objects: map[unsafe.Pointer]*ObjectInfo{},
		chans: map[unsafe.Pointer]*channel{}, variables: map[unsafe.Pointer]*Object{}, raceKeys: map[string]bool{},
		shadow: shadow{words: map[unsafe.Pointer]*word{}, slabs: []*[64]word{new([64]word)}},
	}
}

// small tells whether it takes less to empty t than to make new ones: emptying takes as long as t was ever large.
func (t *tables) small() bool {
	const many = 1 << 12
	return t.shadow.used < many && len(t.objects) < many && len(t.chans) < many && len(t.variables) < many
}

// forget makes t empty: what it held may now be collected, and addresses may come to mean something else.
func (t *tables) forget() {
	clear(t.kinds)
	clear(t.names)
	clear(t.objects)
	clear(t.chans)
	clear(t.variables)
	clear(t.raceKeys)
	t.shadow.forget()
}
