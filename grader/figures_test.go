package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/score"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// figures are the pictures of docs/chapters: each is what a student sees who makes that mistake.
var figures = []struct{ file, lab, mutant, check string }{
	{"one-read-is-no-message", "wire", "one-read-per-payload", "TestRequestsAreAnsweredInOrder"},
	{"late-reply-to-the-next-call", "rpc", "matched-by-order", "TestStrayReplyIsDropped"},
	{"remembered-for-ever", "registry", "remembered-for-ever", "TestPlaceEndsWithItsLease"},
	{"unknown-is-repeated", "retry", "unknown-retried", "TestUnknownIsRepeatedOnlyIfIdempotent"},
	{"change-before-key", "idempotence", "change-before-key", "TestDiesAnywhere"},
	{"lost-answer-is-an-error", "idempotentbank", "lost-answer-is-an-error", "TestAnswerDoesNotCome"},
	{"acknowledged-before-delivered", "delivery", "acknowledged-before-delivered", "TestExactlyOnceSurvivesRestarts"},
	{"sleeps-instead-of-waiting", "join", "sleeps-instead-of-waiting", "TestWaitsForEveryTask"},
	{"lost-update", "counter", "plain-number", "TestNoIncIsLost"},
	{"reset-in-two-steps", "counter", "reset-in-two-steps", "TestNothingIsTakenTwice"},
	{"left-chopstick-first", "philosophers", "left-first", "TestFewerPhilosophersAllEat"},
	{"try-and-retry", "philosophers", "try-and-retry", "TestFewerPhilosophersAllEat"},
	{"lost-wake-up", "boundedbuffer", "one-condition-signalled", "TestNoWakeUpIsLost"},
	{"if-instead-of-for", "boundedbuffer", "if-with-signal", "TestNoWakeUpIsLost"},
	{"locks-in-argument-order", "transfer", "locks-in-argument-order", "TestOppositeTransfersFinish"},
	{"total-one-at-a-time", "transfer", "total-one-at-a-time", "TestTotalIsAlwaysTheSame"},
	{"worker-lost-on-panic", "workerpool", "worker-lost-on-panic", "TestPanicCostsNoWorker"},
	{"late-guest", "barrier", "latch-forgets-late-guests", "TestLatchOpensAtZero"},
	{"hincrby-revives", "sessions", "hincrby-revives", "TestExpiredSessionIsNotRevived"},
	{"bursts", "policies", "bursts", "TestWeightedIsSmooth"},
	{"picks-in-two-steps", "policies", "picks-in-two-steps", "TestPickIsOneStep"},
	{"running-forgotten", "policies", "running-forgotten", "TestLeastConnections"},
	{"every-error-ejects", "loadbalancer", "every-error-ejects", "TestConnectErrorEjects"},
	{"304-says-nothing", "weather", "304-says-nothing", "TestNotModified"},
	{"stale-load-wins", "throughcache", "stale-load-wins", "TestSlowLoadNeverOverwrites"},
	{"writes-overlap", "throughcache", "writes-overlap", "TestCacheAndStoreAgree"},
	{"first-to-come-wins-a-place", "hashring", "first-to-come-wins-a-place", "TestHashesMayCollide"},
	{"told-under-the-lock", "eviction", "told-under-the-lock", "TestOnEvictIsToldOutsideTheLock"},
	{"ack-taken-for-routed", "exchanges", "ack-taken-for-routed", "TestUnroutableFailsItsOwnPublish"},
	{"not-returned-after-an-error", "channelpool", "not-returned-after-an-error", "TestWithReturnsTheChannel"},
	{"old-tag-on-new-channel", "safeconsume", "old-tag-on-new-channel", "TestOldTagStaysOnOldChannel"},
	{"no-prefetch", "competing", "no-prefetch", "TestBlockedConsumerHoldsItsPrefetch"},
	{"tags-counted-over-connections", "safepublish", "tags-counted-over-connections", "TestOldTagsMeanNothing"},
	{"look-then-commit", "exactlyonce", "look-then-commit", "TestCopiesOnTwoConsumers"},
	{"started-once-more-after-a-death", "poison", "started-once-more-after-a-death", "TestDeathsOfTheProcessCount"},
	{"acknowledged-on-arrival", "liftrides", "acknowledged-on-arrival", "TestAcknowledgedWhenStored"},
	{"get-then-put", "shardedmap", "compute-is-get-then-put", "TestComputeIsOneStep"},
}

// TestFigures draws the pictures again and compares them with those in the documentation.
func TestFigures(t *testing.T) {
	b := benchFor(t)
	for _, f := range figures {
		t.Run(f.file, func(t *testing.T) {
			t.Parallel()
			got := pictureOf(t, b, f.lab, f.mutant, f.check)
			file := filepath.Join(b.course.Root, "docs", "chapters", "figures", f.file+".svg")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "no such figure; draw it with `make figures`")
			require.Equal(t, string(want), got, "the figure is out of date; draw it with `make figures`")
		})
	}
}

// pictureOf grades a mutant and takes the picture of one check's failure.
func pictureOf(t *testing.T, b *bench, lab, mutant, check string) string {
	_, labs, err := chooseLabs([]string{lab})
	require.NoError(t, err)
	mutants, err := subject.Mutants(labs[0])
	require.NoError(t, err)
	i := slices.IndexFunc(mutants, func(m *subject.Mutant) bool { return m.Subject.Name == "mutant "+mutant })
	require.GreaterOrEqual(t, i, 0, "%s has no mutant %s", lab, mutant)
	result := b.Grade(t.Context(), mutants[i].Subject, b.servers())
	k := slices.IndexFunc(result.Checks, func(c *score.Check) bool { return c.ID == check })
	require.GreaterOrEqual(t, k, 0, "%s has no check %s", lab, check)
	drawn := func(e record.Evidence) bool { return e.SVG != "" }
	shown := slices.IndexFunc(result.Checks[k].Evidence, drawn)
	require.GreaterOrEqual(t, shown, 0, "%s passes, or draws nothing", check)
	return result.Checks[k].Evidence[shown].SVG
}
