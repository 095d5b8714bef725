package check

import "fmt"

// PanicOf calls f and returns what it panics with, as text. A panic that a rule asks for is no failure of the check.
func PanicOf(f func()) (message string, panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			message, panicked = fmt.Sprint(p), true
		}
	}()
	f()
	return "", false
}

// PanicValue calls f and returns the value that it panics with, or nil. It is for rules that promise the value itself and not its text.
func PanicValue(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
