package spacetime

import "strconv"

// picture is a layout with everything in its place, ready for either renderer.
type picture struct {
	title   []string
	story   string
	columns int
	rows    int
	lanes   []drawnLane
	nodes   []node
	gaps    []gap
	paths   []path
	loops   []bracket
	bottom  []bottomLine
}

// drawnLane is a lane's heading and the stretches of its line.
type drawnLane struct {
	x        int
	name     string
	value    string
	segments []segment
}

// segment is a stretch of a lane's line; rows from and to are included.
type segment struct {
	from, to int
	state    laneState
	top, end bool // it goes on above from, or below to
}

// laneState is what a lane does between two steps.
type laneState uint8

const (
	running laneState = iota
	waiting
	busy // inside a call
)

// node is a step's mark and label.
type node struct {
	at        cell
	sort      nodeSort
	highlight bool
	label     []labelLine
}

// nodeSort says which mark a step gets.
type nodeSort uint8

const (
	ordinary nodeSort = iota
	special           // look here
	waits
	stuck // waits for ever, and is to be looked at
	crash
)

// gap is a row across all lanes.
type gap struct {
	row  int
	text string
}

// bracket is a loop, left of the lanes.
type bracket struct {
	from, to int
	text     string
}

// draw does everything that the renderers share.
func (d Diagram) draw() picture {
	base := newScene(d)
	const mostLanes = 1 + pageWidth/(2+nodeWidth+minLabel)
	for n := min(len(base.lanes), mostLanes); ; n-- {
		if n > 1 && n == len(base.lanes)-1 {
			continue // to fold a single lane saves nothing
		}
		sc := base.folded(n)
		sc.shorten()
		if l, ok := layOut(&sc); ok || n <= 1 {
			return l.picture(d)
		}
	}
}

func (l *layout) picture(d Diagram) picture {
	p := picture{title: fill(clean(d.Title), pageWidth), story: clean(d.Story), rows: l.rows, columns: l.margin}
	for i, lane := range l.sc.lanes {
		p.lanes = append(p.lanes, drawnLane{x: l.x[i], segments: l.segments(i)})
		p.lanes[i].name, p.lanes[i].value = l.heading(i, lane)
		p.columns = l.x[i] + nodeWidth + l.width[i]
	}
	for i, s := range l.sc.steps {
		if s.gap != "" {
			p.gaps = append(p.gaps, gap{l.y[i], s.gap})
			continue
		}
		p.nodes = append(p.nodes, node{cell{l.x[s.Lane], l.y[i]}, l.sc.sortOf(i), s.Highlight, l.labels[i]})
	}
	p.paths = l.routes()
	for _, loop := range l.sc.loops {
		p.loops = append(p.loops, bracket{l.y[loop.First], l.lastRow(loop.Last), times(loop)})
	}
	p.bottom = l.bottomLines(d.Facts)
	return p
}

// heading fits a lane's name and value above the lane, up to the next one.
func (l *layout) heading(i int, lane sceneLane) (name, value string) {
	room := l.width[i] + nodeWidth
	if i+1 < len(l.x) {
		room = min(room, l.x[i+1]-l.x[i]-2)
	}
	if columns(lane.heading()) <= room {
		return lane.Name, lane.Value
	}
	if v := columns(lane.Value); lane.Value != "" && v+9 <= room {
		return l.legend.cut(lane.Name, room-v-3), lane.Value
	}
	return l.legend.cut(lane.heading(), room), ""
}

// lastRow is the lowest row of a step's group.
func (l *layout) lastRow(step int) int {
	for i := step + 1; i < len(l.group); i++ {
		if l.group[i] != l.group[step] {
			return l.y[i] - 1
		}
	}
	return l.rows - 1
}

// segments follows a lane from the top to the bottom.
func (l *layout) segments(lane int) []segment {
	var out []segment
	now := segment{top: true}
	drawn, first := true, true
	end := func(row int) {
		if drawn && row >= now.from {
			now.to = row
			out = append(out, now)
		}
	}
	for i, s := range l.sc.steps {
		if s.gap != "" || s.Lane != lane {
			continue
		}
		kind := s.Kind
		if l.sc.lanes[lane].folded {
			kind = Does
		}
		if kind != Begins || !first {
			end(l.y[i])
		}
		first = false
		drawn = kind != Ends && kind != Crashes
		now = segment{from: l.y[i], state: map[StepKind]laneState{Waits: waiting, Calls: busy}[kind]}
	}
	now.end = true
	end(l.rows - 1)
	return out
}

func times(l Loop) string { return "×" + strconv.Itoa(l.Times) }

// loopMargin is the room that the brackets of the loops need.
func loopMargin(loops []Loop) int {
	margin := 0
	for _, l := range loops {
		margin = max(margin, columns(times(l))+3)
	}
	return margin
}
