// Package cases is a suite whose checks end in every way in which a check can end. Started without the grader it skips itself;
// what is hostile here is bounded.
package cases

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/check/record"
	"scalelab/pkg/lab"
)

var _ = check.RegisterSubject("digest")

func TestMain(m *testing.M) { check.Main(m) }

func TestPasses(t *testing.T) {
	check.Run(t, func(t *check.T) { require.Equal(t, 1, 1) })
}

func TestPassesInBubble(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		time.Sleep(24 * time.Hour)
		require.NoError(t, t.Context().Err())
	})
}

func TestFails(t *testing.T) {
	check.Run(t, func(t *check.T) {
		require.Equal(t, []int{1, 2}, []int{2, 1}, "Take returns items in the order of Put")
	})
}

func TestFailsWithError(t *testing.T) {
	check.Run(t, func(t *check.T) {
		require.NoError(t, fmt.Errorf("at %p: %w", t, errors.New("no such key")), "Get of a stored key")
	})
}

func TestFailsWithEvidence(t *testing.T) {
	check.Run(t, func(t *check.T) {
		check.Show(t, check.Evidence{Kind: "history", Title: "What happened", Text: "Put(1)\nTake() = 2\n"})
		check.Cause(t, check.Livelock)
		t.Fatalf("nobody eats")
	})
}

func TestFailsInBubble(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		go func() { <-make(chan int) }() // the assertion came first: the leak is its echo
		synctest.Wait()
		require.True(t, false, "the buffer is full")
	})
}

func TestUnjudged(t *testing.T) {
	check.Run(t, func(t *check.T) { check.Unjudged(t, "no history checker here") })
}

// A goroutine of the subject's is still at work when the check is over, and finds its context cancelled.
func TestPassesBesideALateLook(t *testing.T) {
	looked := make(chan struct{})
	t.Cleanup(func() { <-looked })
	check.Run(t, func(t *check.T) {
		go func() {
			defer close(looked)
			<-t.Context().Done()
			check.Unjudged(t, t.Context().Err().Error())
		}()
	})
}

func TestFailsBesideALook(t *testing.T) {
	check.Run(t, func(t *check.T) {
		t.Errorf("the key has no TTL")
		check.Unjudged(t, "the server does not answer")
	})
}

func TestSkipIsUnjudged(t *testing.T) {
	check.Run(t, func(t *check.T) { t.Skip("not today") })
}

func TestPanics(t *testing.T) {
	check.Run(t, func(*check.T) {
		var m map[string]int
		m["a"] = 1
	})
}

func TestPanicsInGoroutine(t *testing.T) {
	check.Run(t, func(*check.T) {
		var group sync.WaitGroup
		group.Go(func() { panic("lost in a goroutine") })
		group.Wait()
	})
}

func TestDeadlockInBubble(t *testing.T) {
	check.Bubble(t, func(*check.T) { <-make(chan int) })
}

// tells begins a story that consists of its title.
func tells(t *check.T, title string) (end func()) {
	return check.Story(t, func() { check.Show(t, check.Evidence{Kind: "story", Title: title}) })
}

func TestDeadlockInAStory(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		tells(t, "the first, which is over")()
		defer tells(t, "the second")()
		defer tells(t, "a part of the second")()
		<-make(chan int)
	})
}

func TestPanicInAStory(t *testing.T) {
	check.Run(t, func(t *check.T) {
		tells(t, "the first, which is over")()
		defer tells(t, "the second")()
		defer tells(t, "a part of the second")()
		panic("out of snow")
	})
}

func TestFailureInAStory(t *testing.T) {
	check.Run(t, func(t *check.T) {
		tells(t, "the first, which is over")()
		defer tells(t, "the second")()
		t.Fatal("out of snow")
	})
}

func TestDeadlockInAStoryThatPanics(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		defer check.Story(t, func() { panic("lost for words") })()
		<-make(chan int)
	})
}

func TestLeakInBubble(t *testing.T) {
	check.Bubble(t, func(*check.T) {
		go func() { <-make(chan int) }()
	})
}

func TestNotImplemented(t *testing.T) {
	check.Run(t, func(t *check.T) {
		require.Panics(t, func() { lab.NotImplemented("cases", "New") }, "New(0) panics")
	})
}

func TestHangs(t *testing.T) {
	check.Run(t, func(*check.T) {
		<-time.After(time.Minute) // of a goroutine that runs, the runtime may have no stack to tell when the signal meets another thread
	})
}

// TestIsKilled is ended as the system ends a process when memory is short.
func TestIsKilled(t *testing.T) {
	check.Run(t, func(*check.T) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		<-time.After(time.Minute)
	})
}

func TestPanicsBehindWhatItPrints(t *testing.T) {
	check.Run(t, func(*check.T) {
		fmt.Println("panic: nothing to worry about")
		fmt.Print("working … ")
		go panic("lost in a goroutine")
		<-time.After(time.Minute)
	})
}

// TestLeavesAPanicBehind frees a goroutine at its very end.
func TestLeavesAPanicBehind(t *testing.T) {
	check.Run(t, func(t *check.T) {
		end := make(chan struct{})
		t.Cleanup(func() { close(end) })
		go func() {
			<-end
			panic("late")
		}()
	})
}

func TestOverflowsItsStack(t *testing.T) {
	check.Run(t, func(*check.T) { require.Positive(t, descend(1)) })
}

func descend(n int) int { return descend(n+1) + n }

func TestExitsEarly(t *testing.T) {
	check.Run(t, func(*check.T) { os.Exit(0) })
}

func TestExitsLate(t *testing.T) {
	check.Run(t, func(t *check.T) {
		t.Cleanup(func() { os.Exit(0) })
		require.True(t, false, "this must not be forgotten")
	})
}

func TestPrintsFakePass(t *testing.T) {
	check.Run(t, func(t *check.T) {
		fmt.Print("\x16--- PASS: TestPrintsFakePass (0.00s)\nPASS\nok  \tcases\t0.001s\n")
		require.True(t, false, "the truth")
	})
}

func TestForgesRecord(t *testing.T) {
	check.Run(t, func(t *check.T) {
		forged := os.NewFile(record.ResultsFD, "results")
		passed := &record.Result{Verdict: record.Passed}
		require.NoError(t, record.Write(forged, record.Record{Key: "guessed", Kind: record.KindResult, Check: t.Name(), Result: passed}))
		require.NoError(t, record.Write(forged, record.Record{Key: "guessed", Kind: record.KindDone}))
		os.Exit(0)
	})
}

func TestWritesNoise(t *testing.T) {
	check.Run(t, func(*check.T) { fmt.Fprintln(os.NewFile(record.ResultsFD, "results"), "PASS") })
}

func TestFloods(t *testing.T) {
	check.Run(t, func(*check.T) {
		line := strings.Repeat("x", 1000)
		for range 100_000 {
			fmt.Println(line)
		}
	})
}

func TestFloodsAndEnds(t *testing.T) {
	check.Run(t, func(*check.T) { fmt.Print(strings.Repeat("x", 1<<20+1)) })
}

func TestEatsMemory(t *testing.T) {
	check.Run(t, func(t *check.T) {
		var hoard [][]byte
		for range 64 {
			block := make([]byte, 8<<20)
			for i := range block {
				block[i] = 1
			}
			hoard = append(hoard, block)
		}
		<-time.After(time.Minute)
		require.NotEmpty(t, hoard)
	})
}

// TestLeavesAChild starts a process that leaves the process group; its marker is what finds it.
func TestLeavesAChild(t *testing.T) {
	check.Run(t, func(t *check.T) {
		child := exec.Command("sleep", "60")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		require.NoError(t, child.Start())
		fmt.Println("child", child.Process.Pid)
	})
}

// TestLeavesAnOrphan starts a process that leaves the process group, and whose own parent ends.
func TestLeavesAnOrphan(t *testing.T) {
	check.Run(t, func(t *check.T) {
		out, err := exec.Command("setsid", "sh", "-c", "sleep 60 >/dev/null 2>&1 & echo child $!").Output()
		require.NoError(t, err)
		fmt.Print(string(out))
	})
}

func TestRaces(t *testing.T) {
	check.Run(t, func(*check.T) {
		n := 0
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { n++ })
		}
		group.Wait()
	})
}

func TestSeesNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		require.Empty(t, os.Getenv("SECRET_OF_THE_USER"), "the environment is clean")
		wd, err := os.Getwd()
		require.NoError(t, err)
		entries, err := os.ReadDir(wd)
		require.NoError(t, err)
		require.Empty(t, entries, "the folder is empty")
	})
}

func TestWithoutCheck(*testing.T) {}
