// Package hashring is a lab: consistent hashing, which tells on which of many caches a key lies.
//
// The ski resort keeps what it has computed in ten cache servers. They look like one store, because everybody who asks knows from the key
// alone which of them to ask. When a server comes or goes, almost all keys must stay where they are; or the caches are full of things
// that nobody looks for there any more.
//
// This file is given: it is the same for everybody and you do not hand it in. You write hashring.go.
package hashring

// Hash turns a text into a number that looks like chance, and is the same in every process: FNV-1a, and Mix after it.
func Hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return Mix(h)
}

// Mix spreads what two numbers differ in over all of their bits. FNV alone gives texts that differ only at their end, such as server#1
// and server#2, numbers that lie close together: not what somebody wants who deals out places on a circle.
func Mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
