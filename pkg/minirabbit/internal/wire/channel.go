package wire

// The methods of class channel (20).
type (
	ChannelOpen   struct{}
	ChannelOpenOk struct{}
	ChannelFlow   struct{ Active bool }
	ChannelFlowOk struct{ Active bool }
	ChannelClose  struct {
		Code uint16
		Text string
		By   ID // the method that caused it, or zero
	}
	ChannelCloseOk struct{}
)

func (*ChannelOpen) ID() ID    { return ID{20, 10} }
func (*ChannelOpenOk) ID() ID  { return ID{20, 11} }
func (*ChannelFlow) ID() ID    { return ID{20, 20} }
func (*ChannelFlowOk) ID() ID  { return ID{20, 21} }
func (*ChannelClose) ID() ID   { return ID{20, 40} }
func (*ChannelCloseOk) ID() ID { return ID{20, 41} }

func (m *ChannelOpen) visit(c coder)   { reservedShortstr(c) }
func (m *ChannelOpenOk) visit(c coder) { reservedLongstr(c) }
func (m *ChannelFlow) visit(c coder)   { c.bits(&m.Active) }
func (m *ChannelFlowOk) visit(c coder) { c.bits(&m.Active) }
func (m *ChannelClose) visit(c coder)  { visitClose(c, &m.Code, &m.Text, &m.By) }
func (m *ChannelCloseOk) visit(coder)  {}
