package services_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/servicestest"
	check "scalelab/pkg/services"
)

// serverDies kills the server behind an open view, as an accident would: the view must notice, new views must be
// refused or get a new server, and closing must still work.
func serverDies(t *testing.T, p *services.Pool, provider string, kind services.Kind) {
	inner, err := p.View(t.Context(), services.Need{Kinds: []services.Kind{kind}})
	require.NoError(t, err)
	v := asCheck(inner, kind)
	require.NoError(t, v.Health(t.Context()))
	murder(t, provider, kind, v)
	require.Eventually(t, func() bool { return v.Health(t.Context()) != nil }, 20*time.Second, 10*time.Millisecond)
	said := v.Health(t.Context()).Error()
	require.True(t, strings.HasPrefix(said, string(kind)+": the server died, or another one answers in its place\n"), said)

	next, err := p.View(t.Context(), services.Need{Kinds: []services.Kind{kind}})
	if err == nil { // a server of its own
		require.NoError(t, next.Health(t.Context()))
		require.NoError(t, next.Close(t.Context()))
	} else {
		require.ErrorContains(t, err, string(kind)+": the server died, or another one answers in its place\n")
	}
	_ = v.Close(t.Context()) // what cannot be removed may be said, but not hang
}

// murder ends the server behind a view from outside the pool.
func murder(t *testing.T, provider string, kind services.Kind, v *view) {
	t.Helper()
	switch {
	case provider == services.Container:
		port := map[services.Kind]string{services.Redis: "6379/tcp", services.RabbitMQ: "5672/tcp"}[kind]
		for _, line := range ourContainers(t) {
			if id, ports, _ := strings.Cut(line, " "); strings.Contains(ports, port) {
				require.NoError(t, exec.Command("docker", "kill", id).Run())
			}
		}
	case kind == services.Redis:
		info, err := redisClient(t, v.env[check.EnvRedisDirect]).Info(t.Context(), "server").Result()
		require.NoError(t, err)
		_, after, _ := strings.Cut(info, "process_id:")
		pid, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(after, "\n", 2)[0]))
		require.NoError(t, err)
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	default:
		for _, pid := range ourChildren(t, "beam.smp") {
			require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		}
	}
}

// ourContainers lists containers of this process, one "id ports" per line.
func ourContainers(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("docker", "ps", "--all", "--filter", "label=scalelab.owner="+string(owner.Self()),
		"--format", "{{.ID}} {{.Ports}}").Output()
	require.NoError(t, err)
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// ourChildren lists living children of this process whose program has a name.
func ourChildren(t *testing.T, name string) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	var pids []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		var pid, parent int
		var comm, state string
		_, _ = fmt.Sscanf(string(stat), "%d %s %s %d", &pid, &comm, &state, &parent)
		if parent == os.Getpid() && state != "Z" && comm == "("+name+")" {
			pids = append(pids, pid)
		}
	}
	return pids
}

// leavesNothing proves, once the test has closed everything, that no container, process, folder or goroutine is left.
func leavesNothing(t *testing.T) {
	t.Helper()
	goroutines := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		for _, name := range []string{"beam.smp", "epmd", "redis-server"} {
			require.Empty(t, ourChildren(t, name), name)
		}
		if _, err := exec.LookPath("docker"); err == nil && exec.Command("docker", "version").Run() == nil {
			require.Empty(t, ourContainers(t), "containers")
		}
		folders, err := filepath.Glob(filepath.Join(os.TempDir(), "scalelab-services-*"))
		require.NoError(t, err)
		for _, folder := range folders {
			name, _ := os.ReadFile(filepath.Join(folder, "owner"))
			require.NotEqual(t, owner.Self(), owner.Name(name), folder)
		}
		goleak.VerifyNone(t, goroutines)
	})
}

// TestInterruptWhileStarting ends a run whose servers are not up yet.
func TestInterruptWhileStarting(t *testing.T) {
	for _, provider := range []string{services.Process, services.Container} {
		t.Run(provider, func(t *testing.T) {
			servicestest.Require(t, provider)
			leavesNothing(t)
			p, err := services.Open(t.Context(), services.Options{Provider: provider, Kinds: onlyRabbit})
			require.NoError(t, err)
			started := make(chan error, 1)
			go func() { started <- p.Start(t.Context()) }()
			if provider == services.Process {
				require.Eventually(t, func() bool { return len(ourChildren(t, "epmd")) > 0 }, 20*time.Second, time.Millisecond)
			} else {
				require.Eventually(t, func() bool { return len(ourContainers(t)) > 0 }, 60*time.Second, time.Millisecond)
			}
			require.NoError(t, p.Close(t.Context()))
			require.ErrorIs(t, <-started, context.Canceled)
			_, err = p.View(t.Context(), services.Need{Kinds: onlyRabbit})
			require.Error(t, err)
			require.Empty(t, p.Providers())
		})
	}
}

// TestKilledRunIsSweptUp kills a whole run, with servers of its own, and finds nothing left after the next start.
func TestKilledRunIsSweptUp(t *testing.T) {
	for _, provider := range []string{services.Process, services.Container} {
		t.Run(provider, func(t *testing.T) {
			servicestest.Require(t, provider)
			run := exec.Command(os.Args[0], "-test.run=^TestHelperRun$")
			run.Env = append(os.Environ(), "SCALELAB_HELPER_RUN="+provider)
			out, err := run.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, run.Start())
			said := make([]byte, 5)
			_, err = out.Read(said)
			require.NoError(t, err)
			require.Equal(t, "ready", string(said))
			who := owner.Of(run.Process.Pid)
			require.NoError(t, run.Process.Kill())
			_ = run.Wait()
			require.True(t, who.Gone())

			p, err := services.Open(t.Context(), services.Options{Provider: provider, Kinds: []services.Kind{services.Redis}, Log: func(s string) { t.Log(s) }})
			require.NoError(t, err)
			require.NoError(t, p.Close(context.Background()))
			requireNothingOf(t, who)
		})
	}
}

// TestHelperRun is the run that TestKilledRunIsSweptUp kills; by itself it is no test.
func TestHelperRun(t *testing.T) {
	provider := os.Getenv("SCALELAB_HELPER_RUN")
	if provider == "" {
		t.Skip("only a part of TestKilledRunIsSweptUp")
	}
	p, err := services.Open(t.Context(), services.Options{Provider: provider, Kinds: []services.Kind{services.Redis}})
	require.NoError(t, err)
	_, err = p.View(t.Context(), services.Need{Kinds: []services.Kind{services.Redis}})
	require.NoError(t, err)
	fmt.Print("ready")
	select {}
}

// requireNothingOf looks for folders, containers and redis-servers of a process that is gone.
func requireNothingOf(t *testing.T, who owner.Name) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), "scalelab-services-*", "owner"))
	require.NoError(t, err)
	for _, path := range folders {
		name, _ := os.ReadFile(path)
		require.NotEqual(t, who, owner.Name(name), path)
	}
	if _, err := exec.LookPath("docker"); err == nil && exec.Command("docker", "version").Run() == nil {
		require.Eventually(t, func() bool { // another grader may have begun to remove it
			out, err := exec.Command("docker", "ps", "--all", "--quiet", "--filter", "label=scalelab.owner="+string(who)).Output()
			return err == nil && len(out) == 0
		}, time.Minute, 10*time.Millisecond)
	}
}
