package faultnet

import (
	"sync"
	"time"
)

// deadline wakes those who wait on a condition when it is over. The condition's lock guards it.
type deadline struct {
	at    time.Time
	alarm *time.Timer
	rang  bool
}

// over is decided by the clock first: at the very instant it does not matter whether the alarm has run yet.
func (d *deadline) over() bool { return d.rang || !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) set(at time.Time, changed *sync.Cond) {
	d.stop()
	d.at, d.rang = at, false
	if !at.IsZero() {
		var alarm *time.Timer
		alarm = time.AfterFunc(time.Until(at), func() {
			changed.L.Lock()
			defer changed.L.Unlock()
			if d.alarm == alarm {
				d.rang = true
				changed.Broadcast()
			}
		})
		d.alarm = alarm
	}
	changed.Broadcast()
}

func (d *deadline) stop() {
	if d.alarm != nil {
		d.alarm.Stop()
		d.alarm = nil
	}
}
