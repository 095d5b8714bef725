//go:build !unix

package intake

// neverBlock has nothing to say where opening a file cannot block.
const neverBlock = 0
