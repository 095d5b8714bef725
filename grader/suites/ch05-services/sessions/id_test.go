package sessions_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"scalelab/labs/ch05-services/sessions"
	"scalelab/pkg/check"
)

const mostRead = 1 << 16 // bytes of Rand that a login may read here; more would be a loop

func TestIDIsUnguessable(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, server := inBubble(t)
		e := eye{t, server.Client()}
		w.readsAnew()
		a := w.start(replica1)
		read := w.isAFunctionOfRand(e, a)
		w.countsBits(e, a, read)
		w.randFails()
	})
}

// drip is a Rand that gives one byte at a time, as a Reader may. One bit of it can be another one than usual.
type drip struct {
	mu   sync.Mutex
	read int
	flip int // this bit is inverted; -1 for none
	fail int // after so many bytes it fails; 0 for never
}

var errNoChance = errors.New("the check's Rand has failed")

func (d *drip) Read(into []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.read > mostRead || d.fail > 0 && d.read >= d.fail {
		return 0, errNoChance
	}
	if len(into) == 0 {
		return 0, nil
	}
	block := sha256.Sum256([]byte(fmt.Sprint("block ", d.read/sha256.Size)))
	into[0] = block[d.read%sha256.Size]
	if d.flip >= 0 && d.flip/8 == d.read {
		into[0] ^= 1 << (d.flip % 8)
	}
	d.read++
	return 1, nil
}

// idOf is the id of a login at a new replica, on a Redis that is empty.
func (p *replica) idOf(e eye, rand io.Reader, user string) string {
	p.world.t.Helper()
	e.expire()
	p.replaced(sessions.Options{OpTimeout: patience, Rand: rand})
	return p.login("", user)
}

func (w *world) readsAnew() {
	w.t.Helper()
	w.story.tell("How much a login reads of Rand")
	rand := &drip{flip: -1}
	a := w.startWith(replica1, sessions.Options{OpTimeout: patience, Rand: rand})
	seen := map[string]bool{}
	for range 3 {
		had := rand.read
		id := a.login("", "ann")
		read := fmt.Sprintf("%d bytes", rand.read-had)
		if rand.read-had >= 16 {
			read = "at least 16 bytes"
		}
		w.same("at least 16 bytes", read, "what each login reads of a Rand that gives one byte at a time")
		w.same("a new id", newOrOld(seen[id]), "each login makes a new id")
		seen[id] = true
	}
}

func newOrOld(old bool) string {
	if old {
		return "an id that another session has"
	}
	return "a new id"
}

func sameOrNot(same bool) string {
	if same {
		return "the same id"
	}
	return "another id"
}

// isAFunctionOfRand returns how many bytes of Rand a login reads.
func (w *world) isAFunctionOfRand(e eye, a *replica) int {
	w.t.Helper()
	w.story.tell("Logins at two replicas with the same Rand")
	rand := &drip{flip: -1}
	id := a.idOf(e, rand, "ann")
	w.same("the same id", sameOrNot(id == a.idOf(e, &drip{flip: -1}, "ann")),
		"the id is made of the bytes of Rand and of nothing else: what the same bytes give at a new replica")
	w.same("the same id", sameOrNot(id == a.idOf(e, &drip{flip: -1}, "ben")),
		"the id is made of the bytes of Rand and of nothing else: what the same bytes give another user")
	time.Sleep(40 * 24 * time.Hour)
	w.story.does(client, "waits for 40 days")
	w.same("the same id", sameOrNot(id == a.idOf(e, &drip{flip: -1}, "ann")),
		"the id is made of the bytes of Rand and of nothing else: what the same bytes give at another time")
	return rand.read
}

// countsBits inverts one bit of Rand after the other, and counts those of which the id depends.
func (w *world) countsBits(e eye, a *replica, read int) {
	w.t.Helper()
	w.story.tell("Logins with a Rand of which one bit is another one")
	usual := a.idOf(e, &drip{flip: -1}, "ann")
	var rows []string
	matter := 0
	for at := 0; at < read && matter < 128; at++ {
		var row strings.Builder
		for bit := range 8 {
			if a.idOf(e, &drip{flip: 8*at + bit}, "ann") == usual {
				row.WriteByte('.')
				continue
			}
			row.WriteByte('#')
			matter++
		}
		rows = append(rows, fmt.Sprintf("byte %3d  %s", at, row.String()))
	}
	if matter < 128 {
		check.Show(w.t, check.Evidence{
			Kind: "chart", Title: "Which bits of Rand change the id (#), and which do not (.)", Text: strings.Join(rows, "\n") + "\n",
		})
		check.Cause(w.t, check.WrongResult)
		w.t.Fatalf("an id is made of at least 128 bits of Rand: of those that a login read, %d change the id", matter)
	}
}

func (w *world) randFails() {
	w.t.Helper()
	w.story.tell("Rand fails")
	for _, fail := range []int{1, 15} {
		a := w.startWith(replica1, sessions.Options{OpTimeout: patience, Rand: &drip{flip: -1, fail: fail}})
		got := a.send("", login("ann"))
		w.same("500, 0 cookies", fmt.Sprintf("%v, %s", got, count(got.cookies)), "a login whose Rand fails is 500, without a cookie")
	}
}
