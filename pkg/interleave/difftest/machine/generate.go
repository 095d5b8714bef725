package machine

import "math/rand/v2"

// Generate makes the program of that number: two or three goroutines of a few operations each, locks in pairs.
func Generate(number uint64) Program {
	r := rand.New(rand.NewPCG(number, 17))
	p := Program{Capacity: []int{0, 1}}
	if r.IntN(2) == 0 {
		p.Capacity = []int{r.IntN(3), r.IntN(2)}
	}
	goroutines, length := 2, 4
	if r.IntN(3) == 0 {
		goroutines, length = 3, 2
	}
	for range goroutines {
		p.Goroutines = append(p.Goroutines, operations(r, 1+r.IntN(length), len(p.Capacity)))
	}
	return p
}

func operations(r *rand.Rand, n, channels int) []Op {
	var ops []Op
	held, open := -1, 0
	for len(ops) < n {
		op := Op{r.IntN(int(Codes)), 0, 0}
		switch Code(op.Code) {
		case Lock:
			if held >= 0 {
				continue
			}
			held = r.IntN(Locks)
			op.A = held
		case Unlock:
			if held < 0 {
				continue
			}
			op.A, held = held, -1
		case TryLock:
			op.A = r.IntN(Locks)
		case Add:
			op.A = r.IntN(Numbers)
		case Close:
			if r.IntN(2) == 0 {
				continue
			}
			op.A = r.IntN(channels)
		case ReadLock, WriteLock:
			if open != 0 {
				continue
			}
			open = op.Code + 1
		case ReadUnlock, WriteUnlock:
			if open != op.Code {
				continue
			}
			open = 0
		default:
			op.A = r.IntN(channels)
			op.B = (op.A + 1) % channels
		}
		ops = append(ops, op)
	}
	if held >= 0 {
		ops = append(ops, Op{int(Unlock), held, 0})
	}
	if open != 0 {
		ops = append(ops, Op{open, 0, 0})
	}
	return ops
}
