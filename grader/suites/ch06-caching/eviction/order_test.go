package eviction_test

import (
	"slices"
	"testing"

	"scalelab/pkg/check"
)

func TestLRUEvictsTheLeastRecentlyUsed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		sequences(t, lru, kind{limits: anyLimits(4, 0, 0), steps: steps(6, 0, 0, "Put", "Get"), ordered: true})
	})
}

func TestLFUEvictsTheLeastFrequentlyUsed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		sequences(t, lfu, kind{limits: anyLimits(4, 0, 0), steps: steps(6, 0, 0, "Put", "Get"), ordered: true})

		// What has expired begins anew, whoever meets it. By then it has expired by any reading of the TTL.
		back := []step{put("a", 0), put("b", 0), get("b")}
		again := kind{updates: true, ordered: true}
		scene(t, lfu, again, limits{3, 0, 1}, slices.Concat([]step{put("a", 0), get("a"), get("a"), wait(3)}, back)...)
		scene(t, lfu, again, limits{3, 0, 1}, slices.Concat([]step{put("a", 0), get("a"), get("a"), wait(3), get("a")}, back)...)
	})
}

func TestAnUpdateIsAUse(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(3, 0, 0), steps: steps(4, 0, 0, "Put"), updates: true, ordered: true})
			sequences(t, p, kind{limits: anyLimits(3, 0, 0), steps: steps(4, 0, 0, "Put", "Get"), updates: true})
		}
	})
}

func TestCostsStayWithinBounds(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(4, 8, 0), steps: steps(5, 10, 0, "Put", "Get"), updates: true})
		}
	})
}

func TestExpiredIsNeverReturned(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			sequences(t, p, kind{limits: anyLimits(3, 0, 5), steps: steps(4, 0, 5, "Put", "Get", "wait"), updates: true})
		}
	})
}
