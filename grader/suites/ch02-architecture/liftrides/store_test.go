package liftrides_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/check"
)

func TestBatches(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		b := inBubble(t, "Batches of at most 4 rides, and of at most 1 s")
		var ids []string
		var rides []liftrides.Ride
		for i := range 8 {
			ids = append(ids, fmt.Sprint("r", i))
			rides = append(rides, ride(ids[i]))
		}
		b.puts(rides...)
		b.runs()
		b.stores("BatchSize rides that wait go to the store at once, without waiting for BatchDelay", ids...)
		b.same("[[r0 r1 r2 r3] [r4 r5 r6 r7]]", fmt.Sprint(b.store.asked()), "calls of Insert when two full batches wait")

		b.sleep(time.Hour)
		b.same("2 calls", fmt.Sprint(len(b.store.asked()), " calls"), "Insert is not called without rides")
		b.puts(ride("s0"))
		b.sleep(600 * time.Millisecond)
		b.puts(ride("s1"))
		b.sleep(500 * time.Millisecond)
		require.True(t, b.store.has("s0"), "a ride waits for others for BatchDelay at most, counted from when the first ride of its batch arrived, also if others come meanwhile")
		b.sleep(600 * time.Millisecond)
		require.True(t, b.store.has("s1"), "a ride waits for others for BatchDelay at most, also if no other one ever comes")
		b.settled()
	})
}

func TestFailedStoreIsTriedAgain(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		b := inBubble(t, "The store is down for 100 s; Backoff is 10 s")
		b.store.is(true, false)
		b.puts(ride("r0"), ride("r1"), ride("r2"))
		b.runs()
		b.sleep(100 * time.Second)
		calls := len(b.store.asked())
		switch {
		case calls < 5:
			b.story.Look(consumer, fmt.Sprintf("calls of Insert in 100 s: %d", calls))
		case calls > 12:
			b.story.Look(consumer, "calls Insert again and again, without waiting for Backoff")
		}
		require.True(t, calls >= 5, "when the store has failed, Run tries again after Backoff, as often as it takes")
		require.True(t, calls <= 12, "when the store has failed, Run waits for Backoff before it calls Insert again")
		b.store.is(false, false)
		b.story.Does(database, b.clock()+"is well again")
		b.sleep(time.Minute)
		b.stores("nothing is lost when the store fails", "r0", "r1", "r2")
		b.settled()

		b.store.is(false, true)
		b.story.Does(database, b.clock()+"stores, but says that it has failed")
		b.puts(ride("s0"), ride("s1"))
		b.sleep(15 * time.Second)
		b.store.is(false, false)
		b.sleep(time.Minute)
		b.stores("an error may mean that the rides are stored: they are done, once the store says so", "r0", "r1", "r2", "s0", "s1")
		b.settled()
	})
}

func TestSameRideIsStoredOnce(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		b := inBubble(t, "A ride comes again")
		b.puts(ride("r1"), ride("r2"), ride("r1"), ride("r3"))
		b.runs()
		b.sleep(5 * time.Second)
		b.stores("a duplicate in a batch does not keep the others from being stored", "r1", "r2", "r3")
		b.settled()
		b.puts(ride("r2"), ride("r4"))
		b.sleep(5 * time.Second)
		b.stores("a ride that was stored long ago does not keep the others of its batch from being stored", "r1", "r2", "r3", "r4")
		b.settled()
		b.puts(ride("r4"))
		b.sleep(5 * time.Second)
		b.stores("a ride that comes again is stored once", "r1", "r2", "r3", "r4")
		b.settled()
	})
}

func TestPoisonRideDoesNotBlock(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		b := inBubble(t, "A poison ride among others")
		b.puts(ride("r1"), poison("p1"), ride("r2"), ride("r3"))
		b.runs()
		b.sleep(5 * time.Second)
		b.stores("a poison ride does not keep the others of its batch from being stored, and no Backoff passes", "r1", "r2", "r3")
		b.settled(jsonOf(poison("p1")))

		const unreadable, invalid = "not a ride", `{"id":"r9"}`
		b.putsBody("x", unreadable)
		b.putsBody("y", invalid)
		b.story.Does(queue, b.clock()+"holds two messages that are no rides")
		b.puts(ride("r4"), poison("p2"))
		b.sleep(5 * time.Second)
		b.stores("what is no ride does not keep others from being stored", "r1", "r2", "r3", "r4")
		b.settled(jsonOf(poison("p2")), unreadable, invalid)
		for _, c := range b.store.asked() {
			for _, id := range c.ids {
				require.True(t, id != "" && id != "r9", "Insert is not called with what is no valid ride")
			}
		}
		b.puts(ride("r5"))
		b.sleep(5 * time.Second)
		b.stores("Run goes on after a poison ride", "r1", "r2", "r3", "r4", "r5")
	})
}
