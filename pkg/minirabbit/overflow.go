package minirabbit

// over tells whether the ready messages exceed a limit of the queue, with more of them to come.
func (q *queue) over(more int, bytes int64) bool {
	s := &q.settings
	return s.maxLength >= 0 && int64(q.ready()+more) > s.maxLength ||
		s.maxLengthBytes >= 0 && q.readyBytes+bytes > s.maxLengthBytes
}

// refuses tells whether the queue is full and its overflow behaviour is to reject publishes.
func (q *queue) refuses(m *message) bool {
	if q.settings.overflow == dropHead || !q.over(1, int64(len(m.body))) {
		return false
	}
	if q.settings.overflow == rejectPublishDLX {
		q.deadLetter(&entry{message: m}, "maxlen")
	}
	return true
}

// trim drops messages from the head until the limits hold. Only ready messages count, not those being consumed.
func (q *queue) trim() {
	if q.settings.overflow != dropHead {
		return
	}
	trimmed := false
	for q.ready() > 0 && q.over(0, 0) {
		q.discard(q.pop(), "maxlen")
		trimmed = true
	}
	if trimmed {
		q.expireHead()
	}
}
