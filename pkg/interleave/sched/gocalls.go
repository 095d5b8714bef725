package sched

// GoN_R is go f(a1, …, aN) for a function with N parameters and R results: f and the arguments are evaluated where the go statement
// is, the call happens in the new task. Called as GoN_R(site, f)(a1, …, aN), so that arguments convert to f's own types. A trailing
// V stands for a variadic last parameter.

// Go0_0 is go f().
func Go0_0(site *Site, f func()) func() { return func() { Go(site, f) } }
func Go0_1[R0 any](site *Site, f func() R0) func() {
	return func() { Go(site, unlessNil(f == nil, func() { f() })) }
}
func Go0_2[R0, R1 any](site *Site, f func() (R0, R1)) func() {
	return func() { Go(site, unlessNil(f == nil, func() { f() })) }
}
func Go1_0[A any](site *Site, f func(A)) func(A) {
	return func(a A) { Go(site, unlessNil(f == nil, func() { f(a) })) }
}
func Go1V_0[A any](site *Site, f func(...A)) func(...A) {
	return func(a ...A) { Go(site, unlessNil(f == nil, func() { f(a...) })) }
}
func Go1_1[A, R0 any](site *Site, f func(A) R0) func(A) {
	return func(a A) { Go(site, unlessNil(f == nil, func() { f(a) })) }
}
func Go1V_1[A, R0 any](site *Site, f func(...A) R0) func(...A) {
	return func(a ...A) { Go(site, unlessNil(f == nil, func() { f(a...) })) }
}
func Go1_2[A, R0, R1 any](site *Site, f func(A) (R0, R1)) func(A) {
	return func(a A) { Go(site, unlessNil(f == nil, func() { f(a) })) }
}
func Go2_0[A, B any](site *Site, f func(A, B)) func(A, B) {
	return func(a A, b B) { Go(site, unlessNil(f == nil, func() { f(a, b) })) }
}
func Go2V_0[A, B any](site *Site, f func(A, ...B)) func(A, ...B) {
	return func(a A, b ...B) { Go(site, unlessNil(f == nil, func() { f(a, b...) })) }
}
func Go2_1[A, B, R0 any](site *Site, f func(A, B) R0) func(A, B) {
	return func(a A, b B) { Go(site, unlessNil(f == nil, func() { f(a, b) })) }
}
func Go2V_1[A, B, R0 any](site *Site, f func(A, ...B) R0) func(A, ...B) {
	return func(a A, b ...B) { Go(site, unlessNil(f == nil, func() { f(a, b...) })) }
}
func Go2_2[A, B, R0, R1 any](site *Site, f func(A, B) (R0, R1)) func(A, B) {
	return func(a A, b B) { Go(site, unlessNil(f == nil, func() { f(a, b) })) }
}
func Go3_0[A, B, C any](site *Site, f func(A, B, C)) func(A, B, C) {
	return func(a A, b B, c C) { Go(site, unlessNil(f == nil, func() { f(a, b, c) })) }
}
func Go3V_0[A, B, C any](site *Site, f func(A, B, ...C)) func(A, B, ...C) {
	return func(a A, b B, c ...C) { Go(site, unlessNil(f == nil, func() { f(a, b, c...) })) }
}
func Go3_1[A, B, C, R0 any](site *Site, f func(A, B, C) R0) func(A, B, C) {
	return func(a A, b B, c C) { Go(site, unlessNil(f == nil, func() { f(a, b, c) })) }
}
func Go3V_1[A, B, C, R0 any](site *Site, f func(A, B, ...C) R0) func(A, B, ...C) {
	return func(a A, b B, c ...C) { Go(site, unlessNil(f == nil, func() { f(a, b, c...) })) }
}
func Go3_2[A, B, C, R0, R1 any](site *Site, f func(A, B, C) (R0, R1)) func(A, B, C) {
	return func(a A, b B, c C) { Go(site, unlessNil(f == nil, func() { f(a, b, c) })) }
}
func Go4_0[A, B, C, D any](site *Site, f func(A, B, C, D)) func(A, B, C, D) {
	return func(a A, b B, c C, d D) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d) })) }
}
func Go4V_0[A, B, C, D any](site *Site, f func(A, B, C, ...D)) func(A, B, C, ...D) {
	return func(a A, b B, c C, d ...D) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d...) })) }
}
func Go4_1[A, B, C, D, R0 any](site *Site, f func(A, B, C, D) R0) func(A, B, C, D) {
	return func(a A, b B, c C, d D) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d) })) }
}
func Go4V_1[A, B, C, D, R0 any](site *Site, f func(A, B, C, ...D) R0) func(A, B, C, ...D) {
	return func(a A, b B, c C, d ...D) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d...) })) }
}
func Go4_2[A, B, C, D, R0, R1 any](site *Site, f func(A, B, C, D) (R0, R1)) func(A, B, C, D) {
	return func(a A, b B, c C, d D) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d) })) }
}
func Go5_0[A, B, C, D, E any](site *Site, f func(A, B, C, D, E)) func(A, B, C, D, E) {
	return func(a A, b B, c C, d D, e E) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d, e) })) }
}
func Go5_1[A, B, C, D, E, R0 any](site *Site, f func(A, B, C, D, E) R0) func(A, B, C, D, E) {
	return func(a A, b B, c C, d D, e E) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d, e) })) }
}
func Go5_2[A, B, C, D, E, R0, R1 any](site *Site, f func(A, B, C, D, E) (R0, R1)) func(A, B, C, D, E) {
	return func(a A, b B, c C, d D, e E) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d, e) })) }
}
func Go6_0[A, B, C, D, E, G any](site *Site, f func(A, B, C, D, E, G)) func(A, B, C, D, E, G) {
	return func(a A, b B, c C, d D, e E, g G) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d, e, g) })) }
}
func Go6_1[A, B, C, D, E, G, R0 any](site *Site, f func(A, B, C, D, E, G) R0) func(A, B, C, D, E, G) {
	return func(a A, b B, c C, d D, e E, g G) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d, e, g) })) }
}
func Go6_2[A, B, C, D, E, G, R0, R1 any](site *Site, f func(A, B, C, D, E, G) (R0, R1)) func(A, B, C, D, E, G) {
	return func(a A, b B, c C, d D, e E, g G) { Go(site, unlessNil(f == nil, func() { f(a, b, c, d, e, g) })) }
}

// unlessNil keeps a nil function nil, so that Go notices it.
func unlessNil(isNil bool, call func()) func() {
	if isNil {
		return nil
	}
	return call
}
