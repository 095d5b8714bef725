package sync_test

import (
	"os"
	"os/exec"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/durable/sync"
)

// rwLocker is what the standard library's RWMutex and ours have in common; each rule below is checked on both.
type rwLocker interface {
	Lock()
	TryLock() bool
	Unlock()
	RLock()
	TryRLock() bool
	RUnlock()
	RLocker() stdsync.Locker
}

type locker interface {
	Lock()
	TryLock() bool
	Unlock()
}

func onBoth[T any](t *testing.T, standard, durable T, rule func(t *testing.T, l T)) {
	t.Run("standard", func(t *testing.T) { rule(t, standard) })
	t.Run("durable", func(t *testing.T) { rule(t, durable) })
}

func TestMutexExcludes(t *testing.T) {
	onBoth[locker](t, &stdsync.Mutex{}, &sync.Mutex{}, func(t *testing.T, l locker) {
		n := 0
		var group stdsync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 1000 {
					l.Lock()
					n++
					l.Unlock()
				}
			})
		}
		group.Wait()
		require.Equal(t, 8000, n)
	})
}

func TestTryLockNeverBlocks(t *testing.T) {
	onBoth[locker](t, &stdsync.Mutex{}, &sync.Mutex{}, func(t *testing.T, l locker) {
		require.True(t, l.TryLock(), "a free mutex")
		require.False(t, l.TryLock(), "a held mutex")
		l.Unlock()
		require.True(t, l.TryLock(), "a freed mutex")
	})
}

func TestReadersShareAndWritersDoNot(t *testing.T) {
	onBoth[rwLocker](t, &stdsync.RWMutex{}, &sync.RWMutex{}, func(t *testing.T, l rwLocker) {
		l.RLock()
		require.True(t, l.TryRLock(), "a second reader")
		require.False(t, l.TryLock(), "a writer beside readers")
		l.RUnlock()
		l.RUnlock()
		l.Lock()
		require.False(t, l.TryRLock(), "a reader beside a writer")
		require.False(t, l.TryLock(), "a second writer")
		l.Unlock()
		l.RLocker().Lock()
		require.True(t, l.TryRLock(), "RLocker locks for reading")
		l.RLocker().Unlock()
		l.RUnlock()
		require.True(t, l.TryLock(), "everybody has left")
	})
}

func TestReadersAndWritersTogether(t *testing.T) {
	onBoth[rwLocker](t, &stdsync.RWMutex{}, &sync.RWMutex{}, func(t *testing.T, l rwLocker) {
		n := 0
		var group stdsync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 500 {
					l.Lock()
					n++
					l.Unlock()
				}
			})
			group.Go(func() {
				for last := range 500 {
					l.RLock()
					require.GreaterOrEqual(t, n, min(last, 0))
					l.RUnlock()
				}
			})
		}
		group.Wait()
		require.Equal(t, 2000, n)
	})
}

// TestWaitingWriterHoldsUpReaders: otherwise readers could keep a writer out for ever.
func TestWaitingWriterHoldsUpReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l sync.RWMutex
		l.RLock()
		wrote := false
		go func() {
			l.Lock()
			wrote = true
			l.Unlock()
		}()
		synctest.Wait()
		require.False(t, l.TryRLock(), "a writer waits")
		l.RUnlock()
		l.RLock()
		require.True(t, wrote, "the writer came before the later reader")
		l.RUnlock()
	})
}

// TestSleepingHolderDoesNotStopTheClock is why this package exists: with the standard mutex this test never ends.
func TestSleepingHolderDoesNotStopTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var rw sync.RWMutex
		var once sync.Once
		for range 3 {
			go once.Do(func() { time.Sleep(time.Hour) })
			go func() { mu.Lock(); time.Sleep(time.Hour); mu.Unlock() }()
			go func() { rw.Lock(); time.Sleep(time.Hour); rw.Unlock() }()
		}
		start := time.Now()
		synctest.Wait()
		mu.Lock()
		rw.Lock()
		once.Do(func() {})
		require.Equal(t, 3*time.Hour, time.Since(start))
	})
}

func TestOnceIsDoneAlsoWhenItPanics(t *testing.T) {
	onBoth[interface{ Do(func()) }](t, &stdsync.Once{}, &sync.Once{}, func(t *testing.T, once interface{ Do(func()) }) {
		require.PanicsWithValue(t, "first", func() { once.Do(func() { panic("first") }) })
		once.Do(func() { t.Error("called a second time") })
	})
}

func TestOnceFunctionsRemember(t *testing.T) {
	for name, make := range map[string]func(func() int) func() int{
		"standard": stdsync.OnceValue[int], "durable": sync.OnceValue[int],
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			get := make(func() int { calls++; return 41 + calls })
			require.Equal(t, []int{42, 42}, []int{get(), get()})
			bad := make(func() int { panic("broken") })
			require.PanicsWithValue(t, "broken", func() { bad() })
			require.PanicsWithValue(t, "broken", func() { bad() }, "also the second time")
		})
	}
	say, said := "", sync.OnceFunc(func() {})
	said()
	pair := sync.OnceValues(func() (string, error) { say += "x"; return say, nil })
	pair()
	v, err := pair()
	require.NoError(t, err)
	require.Equal(t, "x", v)
}

// TestMisuseEndsTheProcess runs itself again as a child: a fatal error cannot be recovered.
func TestMisuseEndsTheProcess(t *testing.T) {
	misuse := map[string]func(){
		"sync: unlock of unlocked mutex":    func() { new(sync.Mutex).Unlock() },
		"sync: Unlock of unlocked RWMutex":  func() { new(sync.RWMutex).Unlock() },
		"sync: RUnlock of unlocked RWMutex": func() { new(sync.RWMutex).RUnlock() },
	}
	if name := os.Getenv("MISUSE"); name != "" {
		defer func() { _ = recover() }()
		misuse[name]()
		os.Exit(0)
	}
	for name := range misuse {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMisuseEndsTheProcess$")
		cmd.Env = append(os.Environ(), "MISUSE="+name)
		out, err := cmd.CombinedOutput()
		require.Error(t, err, name)
		require.Contains(t, string(out), "fatal error: "+name)
	}
}
