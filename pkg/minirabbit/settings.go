package minirabbit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// QueueType is how a queue keeps its messages.
type QueueType string

const (
	Classic QueueType = "classic"
	Quorum  QueueType = "quorum" // of one member here
)

// The values of x-overflow.
const (
	dropHead         = "drop-head"
	rejectPublish    = "reject-publish"
	rejectPublishDLX = "reject-publish-dlx"
)

// settings are a queue's arguments and policy, read. A number below zero is not set.
type settings struct {
	messageTTL     time.Duration
	expires        time.Duration
	maxLength      int64
	maxLengthBytes int64
	overflow       string
	deliveryLimit  int64
	deadLetter     bool // there is a dead-letter exchange, possibly the default one ("")
	deadLetterTo   string
	deadLetterKey  *string
}

// argument is how one x-argument of a queue is read.
type argument struct {
	name  string
	apply func(s *settings, value any) (problem string)
}

var arguments = []argument{
	{"x-message-ttl", func(s *settings, v any) string { return millis(v, 0, &s.messageTTL) }},
	{"x-expires", func(s *settings, v any) string { return millis(v, 1, &s.expires) }},
	{"x-max-length", func(s *settings, v any) string { return count(v, &s.maxLength) }},
	{"x-max-length-bytes", func(s *settings, v any) string { return count(v, &s.maxLengthBytes) }},
	{"x-delivery-limit", func(s *settings, v any) string {
		if n, ok := integer(v); ok {
			s.deliveryLimit = n // below zero: no limit
			return ""
		}
		return count(v, &s.deliveryLimit)
	}},
	{"x-overflow", func(s *settings, v any) string {
		text, ok := v.(string)
		switch {
		case !ok:
			return "{unacceptable_type," + typeName(v) + "}"
		case !slices.Contains([]string{dropHead, rejectPublish, rejectPublishDLX}, text):
			return "invalid_overflow"
		}
		s.overflow = text
		return ""
	}},
	{"x-dead-letter-exchange", func(s *settings, v any) string {
		s.deadLetter = true
		return text(v, &s.deadLetterTo)
	}},
	{"x-dead-letter-routing-key", func(s *settings, v any) string {
		s.deadLetterKey = new(string)
		return text(v, s.deadLetterKey)
	}},
}

// newSettings reads a queue's arguments with the policy's under them: of numbers the smaller rules, else the argument.
func newSettings(args Table, p *policy, kind QueueType) (settings, *badArgument) {
	s := settings{messageTTL: -1, expires: -1, maxLength: -1, maxLengthBytes: -1, deliveryLimit: -1, overflow: dropHead}
	for _, a := range arguments {
		value, given := args[a.name]
		if p != nil {
			if fromPolicy, ok := p.definition[a.name[len("x-"):]]; ok && (!given || smaller(fromPolicy, value)) {
				value, given = fromPolicy, true
			}
		}
		if !given {
			continue
		}
		if problem := a.apply(&s, value); problem != "" {
			return s, &badArgument{a.name, problem}
		}
	}
	if s.deadLetterKey != nil && !s.deadLetter && p == nil {
		return s, &badArgument{"x-dead-letter-routing-key", "routing_key_but_no_dlx_defined"}
	}
	if kind == Quorum && s.overflow == rejectPublishDLX {
		s.overflow = dropHead // a quorum queue does not know the third way, and says so in its log only
	}
	return s, nil
}

// badArgument is an argument that cannot be obeyed.
type badArgument struct{ name, problem string }

func (e *badArgument) Error() string { return e.name + ": " + e.problem }

func (e *badArgument) refusal(queue string, v *VHost) *wire.Error {
	if kind, ok := strings.CutPrefix(e.problem, "{unacceptable_type,"); ok && e.name == "x-dead-letter-exchange" {
		return wire.Errorf(wire.PreconditionFailed, "invalid type '%s' for arg '%s' in queue '%s' in vhost '%s'",
			strings.TrimSuffix(kind, "}"), e.name, queue, v.name)
	}
	return wire.Errorf(wire.PreconditionFailed, "invalid arg '%s' for queue '%s' in vhost '%s': %s", e.name, queue, v.name, e.problem)
}

// unsupportedArgument refuses the arguments that only the other type of queue knows.
func unsupportedArgument(m *wire.QueueDeclare, v *VHost, kind QueueType) *wire.Error {
	foreign := map[QueueType]string{Classic: "x-delivery-limit", Quorum: "x-max-priority"}[kind]
	if _, given := m.Arguments[foreign]; given {
		return wire.Errorf(wire.PreconditionFailed, "invalid arg '%s' for queue '%s' in vhost '%s' of queue type rabbit_%s_queue",
			foreign, m.Queue, v.name, kind)
	}
	return nil
}

func smaller(a, b any) bool {
	x, ok := integer(a)
	y, ok2 := integer(b)
	return ok && ok2 && x < y
}

func count(v any, into *int64) string {
	n, ok := integer(v)
	switch {
	case !ok:
		return "\"expected integer, got " + typeName(v) + "\""
	case n < 0:
		return fmt.Sprintf("{value_negative,%d}", n)
	}
	*into = n
	return ""
}

func millis(v any, least int64, into *time.Duration) string {
	var n int64
	if problem := count(v, &n); problem != "" {
		return problem
	}
	switch {
	case n < least:
		return "{value_zero,0}"
	case n > maxTTL:
		return fmt.Sprintf("{value_too_large,%d}", n)
	}
	*into = time.Duration(n) * time.Millisecond
	return ""
}

func text(v any, into *string) string {
	s, ok := v.(string)
	if !ok {
		return "{unacceptable_type," + typeName(v) + "}"
	}
	*into = s
	return ""
}

// queueType reads x-queue-type and refuses what a quorum queue cannot be.
func queueType(m *wire.QueueDeclare, v *VHost) (QueueType, *wire.Error) {
	value, given := m.Arguments["x-queue-type"]
	if !given || value == string(Classic) {
		return Classic, nil
	}
	switch value := value.(type) {
	case string:
		if value == "stream" {
			return "", wire.Errorf(wire.NotImplemented, "x-queue-type stream is beyond minirabbit")
		}
		if value != string(Quorum) {
			return "", (&badArgument{"x-queue-type", fmt.Sprintf("\"unsupported queue type '%s'\"", value)}).refusal(m.Queue, v)
		}
	default:
		return "", (&badArgument{"x-queue-type", "{unacceptable_type," + typeName(value) + "}"}).refusal(m.Queue, v)
	}
	refuse := func(property string) (QueueType, *wire.Error) {
		return "", wire.Errorf(wire.PreconditionFailed, "invalid property '%s' for queue '%s' in vhost '%s'", property, m.Queue, v.name)
	}
	switch {
	case !m.Durable:
		return refuse("non-durable")
	case m.AutoDelete:
		return refuse("auto-delete")
	case m.Exclusive:
		return refuse("exclusive-owner")
	}
	return Quorum, nil
}
