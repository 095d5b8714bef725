package spacetime

// glyph is the box-drawing character for a cell's lines.
func glyph(a arms) string {
	if a.left == none && a.right == none && a.lane != running {
		return laneGlyphs[a.lane]
	}
	if a.dashed {
		if g, ok := dashedGlyphs[[4]weight{a.up, a.down, a.left, a.right}]; ok {
			return g
		}
	}
	if g, ok := boxGlyphs[[4]weight{a.up, a.down, a.left, a.right}]; ok {
		return g
	}
	// Double lines have no character for every junction with others: draw those as heavy ones.
	return boxGlyphs[[4]weight{like(a.up), like(a.down), like(a.left), like(a.right)}]
}

// like is the weight that looks most like w.
func like(w weight) weight { return min(w, heavy) }

var laneGlyphs = map[laneState]string{waiting: "┆", busy: "┃"}

var dashedGlyphs = map[[4]weight]string{
	{light, light, none, none}: "╎",
	{none, none, light, light}: "╌", {none, none, none, light}: "╌", {none, none, light, none}: "╌",
}

// boxGlyphs by the weights of the arms up, down, left, right.
var boxGlyphs = makeBoxGlyphs()

func makeBoxGlyphs() map[[4]weight]string {
	m := map[[4]weight]string{
		{}:                           " ",
		{double, double, none, none}: "║", {none, none, double, double}: "═",
		{none, double, none, double}: "╔", {none, double, double, none}: "╗",
		{double, none, none, double}: "╚", {double, none, double, none}: "╝",
		{double, double, none, double}: "╠", {double, double, double, none}: "╣",
		{none, double, double, double}: "╦", {double, none, double, double}: "╩",
		{double, double, double, double}: "╬",
		{light, light, double, double}:   "╪", {double, double, light, light}: "╫",
		{light, light, none, double}: "╞", {light, light, double, none}: "╡",
		{none, light, double, double}: "╤", {light, none, double, double}: "╧",
		{double, double, none, light}: "╟", {double, double, light, none}: "╢",
		{none, double, light, light}: "╥", {double, none, light, light}: "╨",
		{double, none, none, none}: "║", {none, double, none, none}: "║",
		{none, none, double, none}: "═", {none, none, none, double}: "═",
	}
	for _, row := range lightAndHeavy {
		arm := row.arms
		for _, g := range row.glyphs {
			m[arm] = string(g)
			arm = heavier(arm)
		}
	}
	return m
}

// lightAndHeavy lists the characters of Unicode's box-drawing block for each set of arms, counting like binary numbers: the last
// arm of the set turns heavy first.
var lightAndHeavy = []struct {
	arms   [4]weight
	glyphs string
}{
	{[4]weight{light, 0, 0, 0}, "╵╹"},
	{[4]weight{0, light, 0, 0}, "╷╻"},
	{[4]weight{0, 0, light, 0}, "─━"}, // an arrow begins with a whole line
	{[4]weight{0, 0, 0, light}, "─━"},
	{[4]weight{light, light, 0, 0}, "│╽╿┃"},
	{[4]weight{0, 0, light, light}, "─╼╾━"},
	{[4]weight{0, light, 0, light}, "╭┍┎┏"},
	{[4]weight{0, light, light, 0}, "╮┑┒┓"},
	{[4]weight{light, 0, 0, light}, "╰┕┖┗"},
	{[4]weight{light, 0, light, 0}, "╯┙┚┛"},
	{[4]weight{light, light, 0, light}, "├┝┟┢┞┡┠┣"},
	{[4]weight{light, light, light, 0}, "┤┥┧┪┦┩┨┫"},
	{[4]weight{0, light, light, light}, "┬┮┭┯┰┲┱┳"},
	{[4]weight{light, 0, light, light}, "┴┶┵┷┸┺┹┻"},
	{[4]weight{light, light, light, light}, "┼┾┽┿╁╆╅╈╀╄╃╇╂╊╉╋"},
}

// heavier counts one up in the arms that there are.
func heavier(a [4]weight) [4]weight {
	for i := len(a) - 1; i >= 0; i-- {
		switch a[i] {
		case light:
			a[i] = heavy
			return a
		case heavy:
			a[i] = light
		}
	}
	return a
}
