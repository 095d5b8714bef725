// Package wire is the codec of AMQP 0-9-1: frames, methods, field tables and content. It knows the format of the
// protocol and nothing of its meaning; the broker and the fault proxy both stand on it.
//
// A connection opens with eight bytes of protocol header ("AMQP" 0 0 9 1); everything after it is frames:
//
//	 0      1         3             7                     size+7   size+8
//	+------+---------+-------------+---------------------+--------+
//	| type | channel |    size     |       payload       |  0xCE  |
//	+------+---------+-------------+---------------------+--------+
//	 octet    short       long          size octets         octet
//
//	type 1  method     class short, method short, then the method's fields
//	type 2  header     class short, weight short, body size longlong, property flags short, properties
//	type 3  body       up to frame-max − 8 octets of the message
//	type 8  heartbeat  empty, channel 0
//
// A method that carries content (publish, deliver, return, get-ok) is followed on its channel by one header frame
// and as many body frames as the body size asks for.
//
// Decoders work on the bytes of one frame, so what they can allocate is bounded by frame-max; malformed input is
// an *Error that carries the reply code to close the connection with.
package wire
