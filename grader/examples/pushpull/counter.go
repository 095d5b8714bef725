package main

import (
	"encoding/binary"
	"net"
)

// method is a class and a method of AMQP 0-9-1, as its specification numbers them.
type method struct{ class, method uint16 }

var (
	basicQos     = method{60, 10}
	basicConsume = method{60, 20}
	basicGet     = method{60, 70}
	basicAck     = method{60, 80}
)

// methods counts those that a client sent.
type methods map[method]int

// waits is how often the client had to wait for an answer in order to get messages.
func (m methods) waits() int { return m[basicQos] + m[basicConsume] + m[basicGet] }

// counter is a connection that reads along what is written: frames of type, channel, size, payload and an end mark. The client writes from
// one goroutine at a time.
type counter struct {
	net.Conn
	methods methods
	greeted bool   // the eight bytes before the first frame have passed
	rest    []byte // a frame that is not complete yet
}

const (
	greeting    = 8
	frameHeader = 7
	methodFrame = 1
)

func (c *counter) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	if !c.greeted && len(c.rest) >= greeting {
		c.greeted, c.rest = true, c.rest[greeting:]
	}
	for c.greeted && len(c.rest) >= frameHeader {
		size := frameHeader + int(binary.BigEndian.Uint32(c.rest[3:])) + 1
		if len(c.rest) < size {
			break
		}
		if payload := c.rest[frameHeader:size]; c.rest[0] == methodFrame {
			c.methods[method{binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])}]++
		}
		c.rest = c.rest[size:]
	}
	return c.Conn.Write(p)
}
