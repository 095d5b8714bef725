package cacheaside_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/services"
)

// These tests are a part of what is graded, in a form that can be read. They run with nothing installed: services.Redis starts a
// small Redis inside the test's process. With them green your interface is right; the graded checks look into every corner that
// the README describes.

// patient is long enough for a healthy Redis on any machine, so that only the code decides.
var patient = cacheaside.Options{OpTimeout: 5 * time.Second}

// estimator is the expensive computation. The waits that it computes differ each time: the Gondola takes 1 minute, then 2, …
type estimator struct {
	runs    atomic.Int64
	entered chan struct{} // if not nil, gets a value when a computation begins
	gate    chan struct{} // if not nil, computations wait until it is closed
	err     error
}

func (e *estimator) LiftWaits(ctx context.Context, resort string) ([]cacheaside.LiftWait, error) {
	run := e.runs.Add(1)
	if e.gate != nil {
		e.entered <- struct{}{}
		select {
		case <-e.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return []cacheaside.LiftWait{{Lift: "Gondola", Minutes: int(run)}}, e.err
}

// computed is what the nth computation returns.
func computed(n int) []cacheaside.LiftWait {
	return []cacheaside.LiftWait{{Lift: "Gondola", Minutes: n}}
}

// awaitKey waits until the key is in Redis: LiftWaits may store its answer after it has returned.
func awaitKey(t *testing.T, rdb *redis.Client, key string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return rdb.Exists(t.Context(), key).Val() == 1
	}, 5*time.Second, time.Millisecond, "after a miss the answer is stored under %s", key)
}

func TestFirstCallComputesAndSecondIsAHit(t *testing.T) {
	server := services.Redis(t)
	est := &estimator{}
	service := cacheaside.New(server.Client(), est, patient)

	waits, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err)
	require.Equal(t, computed(1), waits, "the first call returns what the estimator computes")
	awaitKey(t, server.Observer(), "liftwaittimes:whistler")

	// The key may be seen a moment before service knows that it is there: until then a call may still share the first one's answer.
	require.Eventually(t, func() bool {
		waits, err = service.LiftWaits(t.Context(), "whistler")
		return err != nil || service.Stats().Hits > 0
	}, 5*time.Second, time.Millisecond, "once the answer is stored, a call is a hit")
	require.NoError(t, err)
	require.Equal(t, computed(1), waits, "a hit returns what the first call has stored")
	require.EqualValues(t, 1, est.runs.Load(), "computations")
	require.Zero(t, service.Stats().Errors)
}

func TestStoredAnswerLivesFiveMinutes(t *testing.T) {
	server := services.Redis(t)
	service := cacheaside.New(server.Client(), &estimator{}, patient)
	_, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err)
	awaitKey(t, server.Observer(), "liftwaittimes:whistler")

	ttl := server.Observer().TTL(t.Context(), "liftwaittimes:whistler").Val()
	require.LessOrEqual(t, ttl, 300*time.Second)
	require.Greater(t, ttl, 240*time.Second)
}

func TestRedisDownIsAMiss(t *testing.T) {
	server := services.Redis(t)
	service := cacheaside.New(server.Client(), &estimator{}, patient)
	require.NoError(t, server.Down(t.Context()))

	waits, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err, "trouble with Redis is not the skier's trouble")
	require.Equal(t, computed(1), waits)
	require.Error(t, service.Invalidate(t.Context(), "whistler"), "but Invalidate cannot keep its promise")
}

func TestEstimatorErrorIsNotCached(t *testing.T) {
	est := &estimator{err: errors.New("no lift rides yet")}
	service := cacheaside.New(services.Redis(t).Client(), est, patient)
	_, err := service.LiftWaits(t.Context(), "whistler")
	require.ErrorIs(t, err, est.err)

	est.err = nil
	waits, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err)
	require.Equal(t, computed(2), waits, "the next call computes again")
}

// In a synctest bubble synctest.Wait returns when every goroutine waits for something: here, when ten calls have come as far as
// they can while the estimator computes. A bubble cannot see through a sync.Mutex, so the test gives up if it hangs.
func TestConcurrentCallsComputeOnce(t *testing.T) {
	defer time.AfterFunc(time.Minute, func() {
		panic("TestConcurrentCallsComputeOnce hangs: is a mutex held while the estimator computes?")
	}).Stop()
	synctest.Test(t, func(t *testing.T) {
		est := &estimator{entered: make(chan struct{}, 10), gate: make(chan struct{})}
		service := cacheaside.New(services.BubbleRedis(t).Client(), est, cacheaside.Options{})
		answers := make(chan []cacheaside.LiftWait, 10)
		for range 10 {
			go func() {
				waits, _ := service.LiftWaits(t.Context(), "whistler")
				answers <- waits
			}()
		}
		synctest.Wait()
		runs := est.runs.Load()
		close(est.gate)
		require.EqualValues(t, 1, runs, "computations that ten concurrent calls have started")
		for range 10 {
			require.Equal(t, computed(1), <-answers)
		}
	})
}

func TestComputationGoesOnWhenItsCallerLeaves(t *testing.T) {
	server := services.Redis(t)
	est := &estimator{entered: make(chan struct{}, 10), gate: make(chan struct{})}
	service := cacheaside.New(server.Client(), est, patient)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := service.LiftWaits(ctx, "whistler")
		left <- err
	}()
	<-est.entered
	cancel()
	require.ErrorIs(t, <-left, context.Canceled, "the caller leaves while the estimator still computes")

	close(est.gate)
	awaitKey(t, server.Observer(), "liftwaittimes:whistler")
	waits, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err)
	require.Equal(t, computed(1), waits, "the answer was stored for those who come later")
}

func TestInvalidateMakesTheNextCallCompute(t *testing.T) {
	server := services.Redis(t)
	service := cacheaside.New(server.Client(), &estimator{}, patient)
	_, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err)
	awaitKey(t, server.Observer(), "liftwaittimes:whistler")

	require.NoError(t, service.Invalidate(t.Context(), "whistler"))
	waits, err := service.LiftWaits(t.Context(), "whistler")
	require.NoError(t, err)
	require.Equal(t, computed(2), waits)
}
