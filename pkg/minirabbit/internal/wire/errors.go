package wire

import "fmt"

// Reply codes of the specification. Those below 500 close a channel when the broker raises them on one, those from
// 500 on, 320, 402 and 530 close the connection.
const (
	ReplySuccess       uint16 = 200
	NoRoute            uint16 = 312
	ConnectionForced   uint16 = 320
	AccessRefused      uint16 = 403
	NotFound           uint16 = 404
	ResourceLocked     uint16 = 405
	PreconditionFailed uint16 = 406
	FrameError         uint16 = 501
	SyntaxError        uint16 = 502
	CommandInvalid     uint16 = 503
	ChannelError       uint16 = 504
	UnexpectedFrame    uint16 = 505
	NotAllowed         uint16 = 530
	NotImplemented     uint16 = 540
	InternalError      uint16 = 541
)

var replyNames = map[uint16]string{
	ConnectionForced: "CONNECTION_FORCED", AccessRefused: "ACCESS_REFUSED", NotFound: "NOT_FOUND",
	ResourceLocked: "RESOURCE_LOCKED", PreconditionFailed: "PRECONDITION_FAILED", FrameError: "FRAME_ERROR",
	SyntaxError: "SYNTAX_ERROR", CommandInvalid: "COMMAND_INVALID", ChannelError: "CHANNEL_ERROR",
	UnexpectedFrame: "UNEXPECTED_FRAME", NotAllowed: "NOT_ALLOWED", NotImplemented: "NOT_IMPLEMENTED",
	InternalError: "INTERNAL_ERROR",
}

// Error is a protocol error: the reply code and text of the close that answers it. The text starts with the code's
// name, as RabbitMQ's does.
type Error struct {
	Code uint16
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Text) }

// Errorf makes an Error; the name of the code is put in front of the text. A reply text is a short string, so it is
// cut at 255 bytes.
func Errorf(code uint16, format string, args ...any) *Error {
	text := fmt.Sprintf(format, args...)
	if name := replyNames[code]; name != "" {
		text = name + " - " + text
	}
	if len(text) > 255 {
		text = text[:252] + "..."
	}
	return &Error{Code: code, Text: text}
}
