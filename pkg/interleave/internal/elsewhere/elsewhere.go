// Package elsewhere stands for the code under test where a test needs to be called by it.
package elsewhere

// Call calls f.
func Call(f func()) { f() }
