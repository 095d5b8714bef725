package delivery_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/faultnet"
)

// filler is what messages begin with that are too many to be drawn.
const filler = "filler "

// names are the messages of a scene, as they are called in its picture.
type names map[string]string

func (n names) of(msg string) string {
	if name, ok := n[msg]; ok {
		return name
	}
	return fmt.Sprintf("%q", msg)
}

// label names packets. What is in them is the subject's own affair: a message is looked for in the bytes of its packet, and an
// acknowledgement says whose it is if it has the format of api.go.
func (n names) label() func(faultnet.Message) string {
	of := map[delivery.ID]string{}
	return func(m faultnet.Message) string {
		if len(m.Data) == 0 {
			return "an empty packet"
		}
		p, decoded := delivery.Decode(m.Data)
		if m.To.Host == lift {
			if decoded && p.Kind == delivery.Ack {
				return strings.TrimSpace("ack " + of[p.ID])
			}
			return fmt.Sprintf("answer %d", m.Seq)
		}
		name := n.within(m.Data)
		if decoded && p.Kind == delivery.Data {
			if exact, ok := n[string(p.Msg)]; ok {
				name = exact
			}
			of[p.ID] = name
		}
		switch {
		case name != "":
			return name
		case bytes.Contains(m.Data, []byte(filler)):
			return ""
		default:
			return fmt.Sprintf("packet %d", m.Seq)
		}
	}
}

// within finds a message in a packet, as it is or in base64, in which JSON writes bytes.
func (n names) within(packet []byte) string {
	longest, found := 0, ""
	for _, msg := range slices.Sorted(maps.Keys(n)) {
		form := base64.StdEncoding.EncodeToString([]byte(msg))
		if len(msg) > longest && (bytes.Contains(packet, []byte(msg)) || bytes.Contains(packet, []byte(form))) {
			longest, found = len(msg), n[msg]
		}
	}
	return found
}
