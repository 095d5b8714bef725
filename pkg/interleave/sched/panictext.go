package sched

import (
	"fmt"
	"reflect"
)

// PanicText is what Go prints after "panic: " for a value, without addresses.
func PanicText(value any) string {
	switch v := value.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.String:
		if _, plain := value.(string); plain {
			return v.String()
		}
		return fmt.Sprintf("%T(%q)", value, v.String())
	case reflect.Float32, reflect.Float64:
		return named(v, fmt.Sprintf("%+.6e", v.Float()))
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return named(v, fmt.Sprint(value))
	default:
		return fmt.Sprintf("(%T)", value)
	}
}

// named wraps the text of a value whose type is not one of Go's own.
func named(v reflect.Value, text string) string {
	if v.Type().PkgPath() == "" {
		return text
	}
	return v.Type().String() + "(" + text + ")"
}
