package spacetime

import "slices"

const (
	pageWidth = 100 // columns
	minLabel  = 10  // columns of a lane's label, however crowded the page
	nodeWidth = 2   // the lane's line and a blank
	indent    = 1   // left of the first lane
	maxTracks = 6   // of verticals in one gutter; more are drawn over each other
)

// layout is a scene with a place for everything. Units are columns and rows of a terminal.
type layout struct {
	sc     *scene
	legend legend
	files  fileNames
	margin int // left of everything, for loops

	ports    []stepPorts
	group    []int  // of each step; a group shares its rows
	straight []bool // by arrow: it joins two steps of a group
	track    []int  // by arrow: in the gutter of the right one of its lanes; -1 for a straight arrow
	gutter   []int  // by lane: columns left of it
	width    []int  // by lane: columns of its labels
	x        []int  // by lane
	labels   [][]labelLine
	y        []int // by step: row below the header
	rows     int
}

// layOut finds a place for everything; false if the lanes do not fit.
func layOut(sc *scene) (*layout, bool) {
	apart := map[int]bool{} // arrows that must not be straight, because their text needs a row of its own
	for {
		l := &layout{sc: sc, ports: newPorts(sc), margin: loopMargin(sc.loops)}
		l.groupSteps(apart)
		l.assignTracks()
		ok := l.chooseWidths()
		l.placeLanes()
		l.wrapLabels()
		l.placeRows()
		crowded := l.crowded()
		if len(crowded) == 0 {
			return l, ok
		}
		for _, arrow := range crowded {
			apart[arrow] = true
		}
	}
}

// assignTracks gives each bent arrow a vertical track of its own for as long as it takes, and each gutter room for its tracks.
func (l *layout) assignTracks() {
	l.track = make([]int, len(l.sc.arrows))
	tracks := make([]int, len(l.sc.lanes))
	busy := make([][maxTracks]int, len(l.sc.lanes)) // last group of each track, plus one
	for _, i := range l.arrowsByTime() {
		l.track[i] = -1
		if l.straight[i] {
			continue
		}
		from, to := l.groupsOf(i)
		g := l.gutterOf(i)
		free := maxTracks - 1
		for t := range maxTracks {
			if busy[g][t] <= from {
				free = t
				break
			}
		}
		l.track[i] = free
		busy[g][free] = max(busy[g][free], to+1)
		tracks[g] = max(tracks[g], free+1)
	}
	const lead = 2 // a blank and a bit of line
	l.gutter = make([]int, len(tracks))
	for g, n := range tracks {
		l.gutter[g] = lead + n + headRoom(n)
	}
	if len(l.gutter) > 0 {
		l.gutter[0] = indent
	}
}

// headRoom is the room for an arrow's head between the tracks and the lane.
func headRoom(tracks int) int {
	if tracks == 0 {
		return 1
	}
	return 2
}

// arrowsByTime are the arrows that need a place in a gutter, in the order in which they start.
func (l *layout) arrowsByTime() []int {
	var order []int
	for i, a := range l.sc.arrows {
		if l.sc.drawn(a) && !a.Lost {
			order = append(order, i)
		} else {
			l.track[i] = -1
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		from1, to1 := l.groupsOf(a)
		from2, to2 := l.groupsOf(b)
		if from1 != from2 {
			return from1 - from2
		}
		return to2 - to1
	})
	return order
}

// groupsOf is the range of groups that an arrow passes.
func (l *layout) groupsOf(arrow int) (from, to int) {
	a := l.sc.arrows[arrow]
	from, to = l.group[a.From], l.group[a.To]
	return min(from, to), max(from, to)
}

// gutterOf is the lane left of which an arrow runs down.
func (l *layout) gutterOf(arrow int) int {
	a := l.sc.arrows[arrow]
	return max(l.sc.steps[a.From].Lane, l.sc.target(a))
}

// chooseWidths gives each lane the columns it would like or, where the page is too narrow, a fair share.
func (l *layout) chooseWidths() bool {
	room := pageWidth - l.margin
	for _, g := range l.gutter {
		room -= g + nodeWidth
	}
	wish := l.wishes()
	if sum(wish) > room {
		l.files = commonFile(l.sc.steps)
		wish = l.wishes()
	}
	if sum(wish) <= room {
		l.width = wish
		l.spread(room - sum(wish))
		return true
	}
	l.width = share(wish, room)
	return sum(l.width) <= room
}

// spread widens the gutters a little when there is room.
func (l *layout) spread(spare int) {
	const most = 3
	if n := len(l.gutter) - 1; n > 0 {
		for g := 1; g <= n; g++ {
			l.gutter[g] += min(most, spare/n)
		}
	}
}

// wishes are the widths at which no label of a lane would have to be broken.
func (l *layout) wishes() []int {
	wish := make([]int, len(l.sc.lanes))
	for i, lane := range l.sc.lanes {
		wish[i] = max(0, columns(lane.heading())-nodeWidth)
	}
	for i, s := range l.sc.steps {
		if s.gap != "" {
			continue
		}
		label := s.line(l.files).columns()
		wish[s.Lane] = max(wish[s.Lane], label)
		for _, p := range l.ports[i].right {
			if p.text != "" && len(l.ports[i].right) == 1 {
				wish[s.Lane] = max(wish[s.Lane], textEnd(label, p.text))
			} else if p.text != "" {
				wish[s.Lane] = max(wish[s.Lane], textEnd(0, p.text))
			}
		}
		for _, p := range l.ports[i].left {
			if p.text != "" && s.Lane > 0 {
				wish[s.Lane-1] = max(wish[s.Lane-1], columns(p.text)+4)
			}
		}
	}
	return wish
}

func (l sceneLane) heading() string {
	if l.Value == "" {
		return l.Name
	}
	return l.Name + " [" + l.Value + "]"
}

// textEnd is the width that a label and the text of an arrow behind it need: label, blank, line, blank, text, blank.
func textEnd(label int, text string) int {
	if label == 0 {
		return columns(text) + 2
	}
	return label + 3 + columns(text)
}

// share divides room so that the small wishes are met and the large ones are cut to the same size.
func share(wish []int, room int) []int {
	got := make([]int, len(wish))
	for i, w := range wish {
		got[i] = min(w, minLabel)
	}
	for left := room - sum(got); left > 0; {
		smallest := -1
		for i, w := range wish {
			if got[i] < w && (smallest < 0 || got[i] < got[smallest]) {
				smallest = i
			}
		}
		if smallest < 0 {
			break
		}
		got[smallest]++
		left--
	}
	return got
}

func sum(ns []int) int {
	total := 0
	for _, n := range ns {
		total += n
	}
	return total
}
