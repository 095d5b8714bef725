package spacetime

import "fmt"

// Overlaps lists where a line of the picture runs over a label or a mark, or along another arrow with which it shares no end.
func Overlaps(d Diagram) []string {
	p := d.draw()
	taken := map[cell]string{}
	for _, n := range p.nodes {
		taken[n.at] = "mark"
		for k, line := range n.label {
			for x := range line.columns() {
				taken[cell{n.at.x + nodeWidth + x, n.at.y + k}] = line.String()
			}
		}
	}
	var found []string
	runs := map[cell][]path{} // cells that are passed horizontally
	for _, q := range p.paths {
		for i := 1; i < len(q.points); i++ {
			a, b := q.points[i-1], q.points[i]
			for at := a; ; at = (cell{at.x + sign(b.x-a.x), at.y + sign(b.y-a.y)}) {
				if what, ok := taken[at]; ok {
					found = append(found, fmt.Sprintf("line over %s at column %d, row %d", what, at.x, at.y))
				}
				if a.y == b.y && a != b {
					for _, other := range runs[at] {
						if !q.meets(other) {
							found = append(found, fmt.Sprintf("two arrows at column %d, row %d", at.x, at.y))
						}
					}
					runs[at] = append(runs[at], q)
				}
				if at == b {
					break
				}
			}
		}
	}
	return found
}

func (p path) meets(q path) bool {
	return p.points[0] == q.points[0] || p.points[len(p.points)-1] == q.points[len(q.points)-1]
}
