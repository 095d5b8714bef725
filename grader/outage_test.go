package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/intake"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/servicestest"
	"scalelab/pkg/check/record"
)

// assassin hands out views and kills the broker when it has handed out some.
type assassin struct {
	grading.Servers
	views atomic.Int32
	kill  func()
}

func (a *assassin) View(ctx context.Context, c kit.Check) (grading.View, error) {
	view, err := a.Servers.View(ctx, c)
	if slices.Contains(c.Services, string(services.RabbitMQ)) && a.views.Add(1) == 4 {
		a.kill()
	}
	return view, err
}

// TestKilledBrokerCostsNoPoints kills the broker's container in the middle of a run: what was judged stands, what was under way and
// what would have come is not judged, and everything that does not need the broker is graded.
func TestKilledBrokerCostsNoPoints(t *testing.T) {
	servicestest.Require(t, services.Container)
	course, labs, err := chooseLabs([]string{"counter", "cacheaside", "exchanges", "safeconsume"}) // no broker, none, one, one
	require.NoError(t, err)
	b, err := openBench(t.Context(), course, labs, services.Container)
	require.NoError(t, err)
	t.Cleanup(b.Close)
	killer := &assassin{Servers: b.providers[0].Servers, kill: func() { killBroker(t) }}
	b.providers[0].Servers = killer

	submission, err := intake.Open(filepath.Join(course.Root, "solutions"), wanted(labs, false), intake.Limits{})
	require.NoError(t, err)
	card := b.gradeSubmission(t.Context(), submission)

	require.GreaterOrEqual(t, killer.views.Load(), int32(4), "the broker was killed")
	var e *exit
	require.ErrorAs(t, verdictOf(card), &e)
	require.Equal(t, exitUnjudged, e.code)
	for _, lab := range card.Labs {
		usesBroker := slices.Contains(course.Lab(lab.ID).Services(), string(services.RabbitMQ))
		for _, c := range lab.Checks {
			require.NotEqual(t, record.Failed, c.Verdict, "%s %s lost points: %s", lab.ID, c.ID, c.Message)
		}
		if !usesBroker {
			require.Equal(t, score.Graded, lab.Status, lab.ID)
			require.Equal(t, lab.Max, *lab.Points, lab.ID)
		} else {
			require.Equal(t, score.NotJudged, lab.Status, lab.ID)
		}
	}
}

// killBroker ends this process's RabbitMQ container as a crash would.
func killBroker(t *testing.T) {
	out, err := exec.Command("docker", "ps", "--filter", "label=scalelab.owner="+string(owner.Self()), "--format", "{{.ID}} {{.Image}}").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		if id, image, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(image, "rabbitmq") {
			require.NoError(t, exec.Command("docker", "kill", id).Run())
			return
		}
	}
	require.Fail(t, "no RabbitMQ container of this process", "%s", out)
}
