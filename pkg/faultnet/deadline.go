package faultnet

import (
	"sync"
	"time"
)

// deadline wakes those who wait on a condition when it is over. Its owner's lock guards it.
type deadline struct {
	at    time.Time
	alarm *time.Timer
}

// over is decided by the clock and not by the alarm: at the very instant, too, it does not matter who runs first.
func (d *deadline) over() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) set(at time.Time, changed *sync.Cond) {
	d.stop()
	d.at = at
	if !at.IsZero() {
		d.alarm = time.AfterFunc(time.Until(at), func() {
			changed.L.Lock()
			defer changed.L.Unlock()
			changed.Broadcast()
		})
	}
	changed.Broadcast()
}

func (d *deadline) stop() {
	if d.alarm != nil {
		d.alarm.Stop()
		d.alarm = nil
	}
}
