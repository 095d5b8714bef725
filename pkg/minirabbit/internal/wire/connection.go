package wire

// The methods of class connection (10), on channel 0.
type (
	ConnectionStart struct {
		VersionMajor, VersionMinor uint8
		ServerProperties           Table
		Mechanisms, Locales        string // separated by spaces
	}
	ConnectionStartOk struct {
		ClientProperties            Table
		Mechanism, Response, Locale string
	}
	ConnectionSecure   struct{ Challenge string }
	ConnectionSecureOk struct{ Response string }
	ConnectionTune     struct {
		ChannelMax uint16
		FrameMax   uint32
		Heartbeat  uint16 // seconds
	}
	ConnectionTuneOk struct {
		ChannelMax uint16
		FrameMax   uint32
		Heartbeat  uint16 // seconds
	}
	ConnectionOpen  struct{ VirtualHost string }
	ConnectionClose struct {
		Code uint16
		Text string
		By   ID // the method that caused it, or zero
	}
	ConnectionOpenOk         struct{}
	ConnectionCloseOk        struct{}
	ConnectionBlocked        struct{ Reason string }
	ConnectionUnblocked      struct{}
	ConnectionUpdateSecret   struct{ NewSecret, Reason string }
	ConnectionUpdateSecretOk struct{}
)

func (*ConnectionStart) ID() ID          { return ID{10, 10} }
func (*ConnectionStartOk) ID() ID        { return ID{10, 11} }
func (*ConnectionSecure) ID() ID         { return ID{10, 20} }
func (*ConnectionSecureOk) ID() ID       { return ID{10, 21} }
func (*ConnectionTune) ID() ID           { return ID{10, 30} }
func (*ConnectionTuneOk) ID() ID         { return ID{10, 31} }
func (*ConnectionOpen) ID() ID           { return ID{10, 40} }
func (*ConnectionOpenOk) ID() ID         { return ID{10, 41} }
func (*ConnectionClose) ID() ID          { return ID{10, 50} }
func (*ConnectionCloseOk) ID() ID        { return ID{10, 51} }
func (*ConnectionBlocked) ID() ID        { return ID{10, 60} }
func (*ConnectionUnblocked) ID() ID      { return ID{10, 61} }
func (*ConnectionUpdateSecret) ID() ID   { return ID{10, 70} }
func (*ConnectionUpdateSecretOk) ID() ID { return ID{10, 71} }

func (m *ConnectionStart) visit(c coder) {
	c.octet(&m.VersionMajor)
	c.octet(&m.VersionMinor)
	c.table(&m.ServerProperties)
	c.longstr(&m.Mechanisms)
	c.longstr(&m.Locales)
}

func (m *ConnectionStartOk) visit(c coder) {
	c.table(&m.ClientProperties)
	c.shortstr(&m.Mechanism)
	c.longstr(&m.Response)
	c.shortstr(&m.Locale)
}

func (m *ConnectionSecure) visit(c coder)   { c.longstr(&m.Challenge) }
func (m *ConnectionSecureOk) visit(c coder) { c.longstr(&m.Response) }

func (m *ConnectionTune) visit(c coder) {
	c.short(&m.ChannelMax)
	c.long(&m.FrameMax)
	c.short(&m.Heartbeat)
}

func (m *ConnectionTuneOk) visit(c coder) {
	c.short(&m.ChannelMax)
	c.long(&m.FrameMax)
	c.short(&m.Heartbeat)
}

func (m *ConnectionOpen) visit(c coder) {
	c.shortstr(&m.VirtualHost)
	reservedShortstr(c)
	reservedBit(c)
}

func (m *ConnectionOpenOk) visit(c coder) { reservedShortstr(c) }

func (m *ConnectionClose) visit(c coder) { visitClose(c, &m.Code, &m.Text, &m.By) }

func (m *ConnectionCloseOk) visit(coder)   {}
func (m *ConnectionBlocked) visit(c coder) { c.shortstr(&m.Reason) }
func (m *ConnectionUnblocked) visit(coder) {}
func (m *ConnectionUpdateSecret) visit(c coder) {
	c.longstr(&m.NewSecret)
	c.shortstr(&m.Reason)
}
func (m *ConnectionUpdateSecretOk) visit(coder) {}

func visitClose(c coder, code *uint16, text *string, by *ID) {
	c.short(code)
	c.shortstr(text)
	c.short(&by.Class)
	c.short(&by.Method)
}

func reservedShort(c coder)    { c.short(new(uint16)) }
func reservedShortstr(c coder) { c.shortstr(new(string)) }
func reservedLongstr(c coder)  { c.longstr(new(string)) }
func reservedBit(c coder)      { c.bits(new(bool)) }
