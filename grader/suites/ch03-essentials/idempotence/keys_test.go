package idempotence_test

import (
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/idempotence"
)

// separators are what the parts of a text may be joined with, if one does not think of those who use it in a name.
var separators = []string{"/", ":", "-", "_", ".", ",", ";", "|", "#", "+", "=", " ", "\t", "\n", "\x00", `"`, `\`, "::", "//"}

func TestKeyIsForOneRequest(t *testing.T) {
	scenes := []func(s *scene){
		others(deposit("k1", "Ada", 50), "Ada 150, Ben 100",
			deposit("k1", "Ada", 51), deposit("k1", "Ben", 50),
			transfer("k1", "Ada", "Ben", 50), transfer("k1", "Ben", "Ada", 50), transfer("k1", "Ada", "Ada", 50)),
		others(transfer("k1", "Ada", "Ben", 50), "Ada 50, Ben 150",
			transfer("k1", "Ada", "Ben", 49), transfer("k1", "Ben", "Ada", 50),
			transfer("k1", "Ada", "Ada", 50), transfer("k1", "Ben", "Ben", 50),
			deposit("k1", "Ada", 50), deposit("k1", "Ben", 50)),
		func(s *scene) {
			for _, account := range []string{"An", "Anna", "bel", "nabel", "bel1"} {
				s.vault.open(account)
			}
			s.mustGet(deposit("k1", "bel", 11), "a deposit")
			s.must(deposit("k1", "bel1", 1), refusal(idempotence.ErrKeyReused), "this is another account and another amount")
			s.mustGet(deposit("k2", "An", 9), "a deposit")
			s.mustGet(deposit("k3", "Anna", 9), "a deposit")
			s.mustGet(transfer("k4", "An", "nabel", 5), "there are 9 in this account")
			s.must(transfer("k4", "Anna", "bel", 5), refusal(idempotence.ErrKeyReused), "these are other accounts")
		},
		func(s *scene) {
			s.mustGet(transfer("k1", "Ada", "Ada", 50), "Ada pays to herself what she has")
			s.must(deposit("k1", "Ben", 1), refusal(idempotence.ErrKeyReused), "this key belongs to a transfer, also if that has changed nothing")
		},
	}
	for _, between := range separators {
		scenes = append(scenes, namesWith(between))
	}
	play(t, scenes...)
}

// namesWith is a scene with transfers whose accounts look the same if they are joined by this text.
func namesWith(between string) func(s *scene) {
	return func(s *scene) {
		first, other := transfer("k3", "a", "b"+between+"c", 5), transfer("k3", "a"+between+"b", "c", 5)
		for _, account := range []string{first.from, first.to, other.from, other.to} {
			s.vault.open(account)
		}
		s.mustGet(deposit("k1", first.from, 9), "an account may have any name")
		s.mustGet(deposit("k2", other.from, 9), "an account may have any name")
		s.mustGet(first, "there are 9 in this account")
		s.must(other, refusal(idempotence.ErrKeyReused), "these are other accounts")
	}
}

// others is a scene in which other requests come with the key of the first.
func others(first request, balances string, others ...request) func(s *scene) {
	return func(s *scene) {
		a := s.mustGet(first, "nobody has used this key before")
		for _, other := range others {
			s.must(other, refusal(idempotence.ErrKeyReused), "this key belongs to "+first.String())
			s.mustHave(balances, "a request with a key that belongs to another one changes nothing")
		}
		s.must(first, a, "the key still belongs to this request")
	}
}

func TestKeysOfDifferentClients(t *testing.T) {
	pairs := [][2]idempotence.Key{
		{{Client: "ann", ID: "7"}, {Client: "ben", ID: "7"}},
		{{Client: "ann", ID: "7"}, {Client: "ann", ID: "8"}},
		{{Client: "ann", ID: "ben"}, {Client: "ben", ID: "ann"}},
		{{Client: "ann", ID: "ab-7"}, {Client: "anna", ID: "b-7"}},
	}
	for _, between := range separators {
		pairs = append(pairs, [2]idempotence.Key{{Client: "ann" + between + "a", ID: "7"}, {Client: "ann", ID: "a" + between + "7"}})
	}
	var scenes []func(*scene)
	for _, pair := range pairs {
		scenes = append(scenes, func(s *scene) {
			s.mustGet(deposit("", "Ada", 50).with(pair[0]), "Ada pays in 50")
			s.mustGet(deposit("", "Ada", 50).with(pair[1]), "this is another key, so it is another deposit")
			s.mustHave("Ada 200, Ben 100", "two different keys must be two deposits")
		})
	}
	play(t, scenes...)
}

func TestKeyExpires(t *testing.T) {
	first := deposit("k1", "Ada", 50)
	play(t,
		func(s *scene) {
			s.mustGet(first, "Ada pays in 50")
			s.passes(59 * time.Minute)
			s.mustGet(first, "a repeat after 59 minutes")
			s.mustHave("Ada 150, Ben 100", "a key is remembered for an hour here")
			s.passes(2 * time.Minute)
			s.mustGet(first, "the key has expired")
			s.mustHave("Ada 200, Ben 100", "after an hour the key is free, and a repeat does not prolong that: this is a new deposit")
			s.passes(59 * time.Minute)
			s.mustGet(first, "a repeat after 59 minutes")
			s.mustHave("Ada 200, Ben 100", "the new deposit is remembered for an hour as well")
		},
		func(s *scene) {
			s.remembersFor(10 * time.Minute)
			s.mustGet(first, "Ada pays in 50")
			s.passes(11 * time.Minute)
			s.mustGet(transfer("k1", "Ada", "Ben", 70), "here keyTTL is 10 minutes; then the key is free for any request")
			s.mustHave("Ada 80, Ben 170", "Ada has paid in 50, and then paid 70 to Ben")
		},
		func(s *scene) {
			s.remembersFor(24 * time.Hour)
			s.mustGet(first, "Ada pays in 50")
			s.passes(23 * time.Hour)
			s.mustGet(first, "a repeat after 23 hours")
			s.mustHave("Ada 150, Ben 100", "here keyTTL is 24 hours")
		},
		func(s *scene) {
			s.wire.fates = map[int]fate{1: runsAgain}
			s.wire.atFate = func() { s.passes(50 * time.Minute) }
			s.mustGet(first, "Ada pays in 50")
			s.wire.heal()
			s.passes(50 * time.Minute)
			s.mustGet(first, "a repeat 50 minutes after the commit")
			s.mustHave("Ada 150, Ben 100", "the hour counts from the commit, and that was 50 minutes ago")
			s.passes(11 * time.Minute)
			s.mustGet(first, "the key has expired")
			s.mustHave("Ada 200, Ben 100", "the hour counts from the commit, and that was 61 minutes ago")
		},
	)
}

// remembersFor makes a new bank with that keyTTL.
func (s *scene) remembersFor(keyTTL time.Duration) {
	s.keyTTL = keyTTL
	s.newBank()
}
