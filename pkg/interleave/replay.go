package interleave

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strconv"
	"strings"

	"scalelab/pkg/interleave/sched"
)

// ReplayVariable is the environment variable that holds the token to replay. While it is set, scenarios other than the token's are
// passed over.
const ReplayVariable = "SCALELAB_INTERLEAVING"

func replayToken() string { return os.Getenv(ReplayVariable) }

// publish runs a recipe once more, recording it, and puts it into the report. race says that a race is to be reported.
func (e *explorer) publish(c sched.Config, p recipe, race bool) {
	c.Trace = true
	r := e.run(c, p.picker())
	again := e.run(c, p.picker())
	if fingerprint(r) != fingerprint(again) {
		e.report.Unjudged = "the scenario does not repeat itself under the same schedule"
		return
	}
	token := encode(e.number, c, p, fingerprint(r))
	f := describe(r, token)
	if race {
		f = describeRace(r, c.YieldAt, token)
	}
	if f == nil {
		e.report.Unjudged = "the failure does not come back under its own schedule"
		return
	}
	e.report.Failure = f
}

func describe(r *sched.Result, token string) *Failure {
	if r.Failure == nil {
		return nil
	}
	s := r.Failure
	f := &Failure{
		Kind: s.Kind, Message: s.Message, Site: s.Site, Task: s.Task, Blocked: s.Blocked, Cycle: s.Cycle, Token: token,
		Tasks: r.Tasks, Events: r.Events, Steps: r.Steps, Switches: r.Switches, Preemptions: r.Preemptions,
	}
	f.fold()
	return f
}

// describeRace reports a race of an execution: the first whose accesses were scheduling points, so that the execution shows both.
func describeRace(r *sched.Result, shown map[string]bool, token string) *Failure {
	if len(r.Races) == 0 {
		return nil
	}
	race := r.Races[0]
	isShown := func(a sched.Race) bool { return shown[a.First.Site.String()] && shown[a.Second.Site.String()] }
	if i := slices.IndexFunc(r.Races, isShown); i >= 0 {
		race = r.Races[i]
	}
	return &Failure{
		Kind: DataRace, Message: race.Message(), Site: race.Second.Site, Task: race.Second.Task, Race: &race,
		Damage: describe(r, token), Token: token, Tasks: r.Tasks, Events: r.Events, Steps: r.Steps, Switches: r.Switches,
		Preemptions: r.Preemptions,
	}
}

// fingerprint tells executions apart.
func fingerprint(r *sched.Result) string {
	h := fnv.New32a()
	for _, e := range r.Events {
		fmt.Fprintln(h, e.Task, e.Op, nameOf(e.Object), e.Site, e.Detail, e.Blocked, e.Now)
	}
	if r.Failure != nil {
		fmt.Fprintln(h, r.Failure.Kind, r.Failure.Message, r.Failure.Site)
	}
	for _, race := range r.Races {
		fmt.Fprintln(h, race.Key())
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// A token is, separated by slashes: a version, the number of the scenario, the configuration (u: unlocking is a scheduling point; r
// and places: their accesses are), the segments (task.steps), the choices, the fingerprint. Whoever hands tokens out may put a
// prefix of its own and a slash before it.
const tokenVersion = "i1"

func encode(number int, c sched.Config, p recipe, print string) string {
	flags := ""
	if c.YieldUnlock {
		flags = "u"
	}
	places := sortedKeys(c.YieldAt)
	if len(places) > 0 {
		flags += "r" + strings.Join(places, ",")
	}
	var segments, choices []string
	for _, s := range p.segments {
		segments = append(segments, strconv.Itoa(s.Task)+"."+strconv.Itoa(s.Steps))
	}
	for _, c := range p.choices {
		choices = append(choices, strconv.Itoa(int(c)))
	}
	return strings.Join([]string{tokenVersion, strconv.Itoa(number), flags, strings.Join(segments, "-"), strings.Join(choices, "-"), print}, "/")
}

// parsed is a token taken apart.
type parsed struct {
	number  int
	unlock  bool
	yieldAt map[string]bool
	recipe  recipe
	print   string
}

func decode(token string) (parsed, error) {
	fields := strings.Split(token, "/")
	if n := len(fields); n > 6 {
		fields = fields[n-6:]
	}
	if len(fields) < 6 || fields[0] != tokenVersion {
		return parsed{}, fmt.Errorf("replay token %q: not one of version %s", token, tokenVersion)
	}
	p := parsed{print: fields[5]}
	var err error
	if p.number, err = strconv.Atoi(fields[1]); err != nil {
		return parsed{}, fmt.Errorf("replay token: scenario %q", fields[1])
	}
	flags, isUnlock := strings.CutPrefix(fields[2], "u")
	p.unlock = isUnlock
	if places, ok := strings.CutPrefix(flags, "r"); ok {
		p.yieldAt = map[string]bool{}
		for place := range strings.SplitSeq(places, ",") {
			p.yieldAt[place] = true
		}
	}
	for _, text := range split(fields[3]) {
		var s sched.Segment
		if _, err := fmt.Sscanf(text, "%d.%d", &s.Task, &s.Steps); err != nil {
			return parsed{}, fmt.Errorf("replay token: segment %q", text)
		}
		p.recipe.segments = append(p.recipe.segments, s)
	}
	for _, text := range split(fields[4]) {
		c, err := strconv.Atoi(text)
		if err != nil {
			return parsed{}, fmt.Errorf("replay token: choice %q", text)
		}
		p.recipe.choices = append(p.recipe.choices, int32(c))
	}
	return p, nil
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "-")
}

// Replay runs the execution of a token again, whatever scenario it numbers. A token of other code is an error.
func Replay(token string, o Options, body func(x *Run)) (*Report, error) {
	p, err := decode(token)
	if err != nil {
		return nil, err
	}
	e := newExplorer(o.filled(), p.number, body)
	return e.replay(p, token)
}

// replayIfMine is for scenarios of a process in which one token is replayed: nil for all others.
func (e *explorer) replayIfMine(token string) *Report {
	p, err := decode(token)
	switch {
	case err == nil && p.number != e.number:
		return nil
	case err == nil:
		_, err = e.replay(p, token)
	}
	if err != nil {
		e.report.Unjudged = err.Error()
	}
	return e.report
}

var errOtherCode = errors.New("the token belongs to other code: its execution went another way")

func (e *explorer) replay(p parsed, token string) (*Report, error) {
	c := e.config
	c.YieldUnlock, c.YieldAt, c.Trace = p.unlock, p.yieldAt, true
	r := e.run(c, p.recipe.picker())
	e.report.Schedules = 1
	if fingerprint(r) != p.print {
		return e.report, errOtherCode
	}
	e.report.Failure = describe(r, token)
	if len(r.Races) > 0 && (len(p.yieldAt) > 0 || !e.options.Races) {
		e.report.Failure = describeRace(r, p.yieldAt, token)
	}
	return e.report, nil
}
