package idempotence_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/idempotence"
	"scalelab/pkg/check"
)

// scene is one bank after the other with one vault: Ada and Ben have 100 each.
type scene struct {
	t      *check.T
	vault  *vault
	story  *story
	clock  time.Time
	keyTTL time.Duration
	bank   *idempotence.Bank
	wire   *wire // between the present bank and the vault
	over   bool
}

// longAgo is the time of the bank's clock. Whoever asks another one is years late, on every machine.
var longAgo = time.Date(2000, time.February, 6, 12, 0, 0, 0, time.UTC)

// play plays scenes, one after the other. If one of them goes wrong, it is drawn.
func play(t *testing.T, scenes ...func(s *scene)) {
	check.Run(t, func(t *check.T) {
		for _, play := range scenes {
			playOne(t, play)
		}
	})
}

func playOne(t *check.T, play func(s *scene)) {
	s := &scene{t: t, vault: newVault(), keyTTL: time.Hour, clock: longAgo}
	s.story = newStory(s.vault)
	t.Cleanup(func() {
		if t.Failed() && !s.over {
			s.story.show(t)
		}
	})
	s.newBank()
	play(s)
	s.over = true
}

// newBank lets another bank take the place of the present one.
func (s *scene) newBank() {
	s.wire = &wire{story: s.story, dead: make(chan struct{})}
	s.bank = idempotence.NewBank(&store{s.vault, s.wire}, s.now, s.keyTTL)
}

// restart is newBank, and it is told.
func (s *scene) restart() {
	s.story.bankStarts()
	s.newBank()
}

func (s *scene) now() time.Time { return s.clock }

// passes lets time go by.
func (s *scene) passes(d time.Duration) {
	s.clock = s.clock.Add(d)
	s.story.clientDoes(fmt.Sprintf("%s later", minutes(d)))
}

func minutes(d time.Duration) string { return fmt.Sprintf("%d minutes", int(d.Minutes())) }

// send sends a request to the present bank and waits for the answer, or for the death of the bank.
func (s *scene) send(r request) answer { return s.sendWith(s.t.Context(), r) }

func (s *scene) sendWith(ctx context.Context, r request) answer {
	s.t.Helper()
	s.story.clientSends(r)
	s.wire.newCall()
	wire, bank := s.wire, s.bank
	answers := make(chan answer, 1)
	go func() { answers <- r.at(ctx, bank) }()
	select {
	case a := <-answers:
		s.story.bankAnswers(a)
		return a
	case <-wire.dead:
		require.False(s.t, wire.endless, "%s: the bank has begun %d transactions for this one call, and goes on", r, mostTransactions)
		return refusal(errDied)
	}
}

// must demands an answer.
func (s *scene) must(r request, want answer, why string) {
	s.t.Helper()
	s.same(want.String(), s.send(r).String(), "%s: %s", r, why)
}

// mustGet demands a receipt, whatever it says: that is for TestMovesMoney.
func (s *scene) mustGet(r request, why string) answer {
	s.t.Helper()
	a := s.send(r)
	if a.err != nil {
		s.same("a receipt", a.String(), "%s: %s", r, why)
	}
	return a
}

// mustHave demands that Ada and Ben have so much.
func (s *scene) mustHave(want string, why string, args ...any) {
	s.t.Helper()
	s.same(want, s.has(), why, args...)
}

// has is what Ada and Ben have.
func (s *scene) has() string { return s.vault.balances() }

// same fails unless both texts are the same. why says what was promised.
func (s *scene) same(want, have string, why string, args ...any) {
	s.t.Helper()
	if want != have {
		s.story.expected(want, have)
	}
	require.Equal(s.t, want, have, append([]any{why}, args...)...)
}
