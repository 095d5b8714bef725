package faultnet

import (
	"container/heap"
	"time"
)

// queue holds what is on its way, the next to arrive first. All that arrives at one instant is handed over by one goroutine,
// under the network's lock and in an order that follows from the messages alone.
type queue struct {
	net     *Network
	waiting arrivals
	alarm   *time.Timer
	rings   time.Duration // when the alarm is set to; 0 if it is not
	running bool          // somebody hands over already
}

// add puts a message on its way.
func (q *queue) add(m *message) {
	if q.net.closed {
		return
	}
	heap.Push(&q.waiting, m)
	q.run()
}

// run hands over what is due and sets the alarm for the next.
func (q *queue) run() {
	if q.running {
		return
	}
	q.running = true
	for len(q.waiting) > 0 && q.waiting[0].due <= q.net.now() {
		q.net.arrive(heap.Pop(&q.waiting).(*message))
	}
	q.running = false
	if len(q.waiting) == 0 {
		return
	}
	next := q.waiting[0].due
	if next == q.rings {
		return
	}
	q.rings = next
	if q.alarm == nil {
		q.alarm = time.AfterFunc(next-q.net.now(), q.ring)
	} else {
		q.alarm.Reset(next - q.net.now())
	}
}

func (q *queue) ring() {
	q.net.mu.Lock()
	defer q.net.mu.Unlock()
	q.rings = 0
	q.run()
}

func (q *queue) stop() {
	q.waiting = nil
	if q.alarm != nil {
		q.alarm.Stop()
	}
}

// arrivals is a heap.
type arrivals []*message

func (a arrivals) Len() int           { return len(a) }
func (a arrivals) Less(i, j int) bool { return a[i].compare(a[j]) < 0 }
func (a arrivals) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(m any)        { *a = append(*a, m.(*message)) }

func (a *arrivals) Pop() any {
	old := *a
	last := len(old) - 1
	m := old[last]
	old[last] = nil
	*a = old[:last]
	return m
}
