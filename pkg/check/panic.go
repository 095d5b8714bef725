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
