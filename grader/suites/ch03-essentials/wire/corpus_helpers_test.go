package wire_test

import (
	"encoding/binary"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// ordinary are messages as they come every day.
var ordinary = []message{
	{"", nil},
	{"balance", []string{"Ada"}},
	{"deposit", []string{"Ada", "20"}},
	{"note", []string{""}},
	{"transfer", []string{"Ada", "Ben", "", "5"}},
}

// awkward strings are those that somebody's format has stumbled over.
var awkward = []string{
	"", " ", ",", ";", ":", "|", "&", "=", "%", "+", "#", "/", `\`, `\\`, `\n`, "\n", "\r", "\r\n", "\t", `"`, `'`, `\"`, "`", "{", "}", "[", "]", "{}",
	"[]", "\x00", "\x00\x00\x00\x01", "\x1b", "\x1e", "\x1f", "\x7f", "\xff", "\xfe\xff", "\xc3", "\xc3\x28", "\xed\xa0\x80", "é", "雪", "\u2028", "\ufffd",
	"null", "nil", "0", "-1", "1:a", "3:abc,", "%00", "%2C", "\\x00", "EOF", "<b>&amp;</b>", "true", "\"quoted\"", "a,b", "a b", "a\nb", "a|b", "deposit Ada 20",
}

// messages are what encoders must cope with: first the simple ones, so that these are shown if they fail.
func messages() []message {
	all := slices.Clone(ordinary)
	for _, s := range awkward {
		all = append(all,
			message{"note", []string{s}},
			message{"note", []string{s, s}},
			message{"note", []string{"a" + s, s + "b", "c"}},
			message{s, nil},
			message{s, []string{"a"}})
	}
	for b := range 256 {
		all = append(all, message{"note", []string{string([]byte{byte(b)})}})
	}
	all = append(all,
		message{"", []string{"", ""}},
		message{"many", strings.Split(strings.Repeat("x,", 999)+"x", ",")},
		message{"many", make([]string, 300)},
		message{"long", []string{strings.Repeat("s", 255), strings.Repeat("s", 256), strings.Repeat("snow", 20_000)}},
		message{strings.Repeat("long", 100), []string{"", string(letters(70_000)), ""}})
	return append(all, mixed()...)
}

// mixed are messages of the characters that formats use themselves, in a fixed random order.
func mixed() []message {
	const alphabet = "\\\\\"\",,;|:%\n\x00\x01ab01{}[]\xff"
	random := rand.New(rand.NewPCG(3, 1))
	word := func() string {
		b := make([]byte, random.IntN(6))
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(b)
	}
	all := make([]message, 300)
	for i := range all {
		all[i] = message{first: word(), rest: make([]string, random.IntN(4))}
		for k := range all[i].rest {
			all[i].rest[k] = word()
		}
	}
	return all
}

// nonsense are payloads that nobody should have sent: encodings that were cut, changed or added to, and noise. Those that announce a
// little too much come before those that announce enormously much.
func (l language) nonsense() [][]byte {
	var all [][]byte
	for _, m := range ordinary {
		payload := l.encode(m)
		for at := range payload {
			all = append(all, payload[:at])
		}
		for _, b := range []byte{0x00, 0x01, '9', 0x7f, 0x80, 0xff} {
			for at := len(payload) - 1; at >= 0; at-- {
				changed := slices.Clone(payload)
				changed[at] = b
				all = append(all, changed)
			}
			all = append(all, append(slices.Clone(payload), b))
		}
		for at := range payload {
			all = append(all, slices.Delete(slices.Clone(payload), at, at+1), slices.Insert(slices.Clone(payload), at, payload[at]))
		}
		all = append(all, lies(payload)...)
		all = append(all, writtenLies(payload)...)
	}
	all = append(all, lies(nil)...)
	random := rand.New(rand.NewPCG(3, 2))
	for n := range 200 {
		noise := make([]byte, 1+n/4)
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		all = append(all, noise)
	}
	return all
}

// lies are numbers that are far too large, in the usual forms, in front of a payload and over its beginning.
func lies(payload []byte) [][]byte {
	var all [][]byte
	for _, n := range []uint64{1 << 16, 1 << 20, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		numbers := [][]byte{
			binary.AppendUvarint(nil, n), binary.AppendVarint(nil, int64(n)),
			binary.BigEndian.AppendUint64(nil, n), binary.LittleEndian.AppendUint64(nil, n),
		}
		if n < 1<<32 {
			numbers = append(numbers, binary.BigEndian.AppendUint32(nil, uint32(n)), binary.LittleEndian.AppendUint32(nil, uint32(n)))
		}
		for _, number := range numbers {
			all = append(all, slices.Concat(number, payload))
			if len(payload) >= len(number) {
				all = append(all, slices.Concat(number, payload[len(number):]))
			}
		}
	}
	return all
}

// writtenLies are numbers that are wrong, in the place of numbers that are written with digits.
func writtenLies(payload []byte) [][]byte {
	var all [][]byte
	for _, n := range []string{"99", "70000", "3000000", "99999999", "-1", "+1", "4294967296", "9223372036854775807", "18446744073709551616"} {
		for _, at := range digits.FindAllIndex(payload, -1) {
			all = append(all, slices.Concat(payload[:at[0]], []byte(n), payload[at[1]:]))
		}
	}
	return all
}

var digits = regexp.MustCompile(`[0-9]+`)
