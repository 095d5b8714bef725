package wire

// ID names a method: class and method number of the specification.
type ID struct{ Class, Method uint16 }

// Method is one method of the protocol with its fields.
type Method interface {
	ID() ID
	visit(coder)
}

// methods is the registry of all that can be decoded.
var methods = map[ID]func() Method{
	{10, 10}: func() Method { return new(ConnectionStart) },
	{10, 11}: func() Method { return new(ConnectionStartOk) },
	{10, 20}: func() Method { return new(ConnectionSecure) },
	{10, 21}: func() Method { return new(ConnectionSecureOk) },
	{10, 30}: func() Method { return new(ConnectionTune) },
	{10, 31}: func() Method { return new(ConnectionTuneOk) },
	{10, 40}: func() Method { return new(ConnectionOpen) },
	{10, 41}: func() Method { return new(ConnectionOpenOk) },
	{10, 50}: func() Method { return new(ConnectionClose) },
	{10, 51}: func() Method { return new(ConnectionCloseOk) },
	{10, 60}: func() Method { return new(ConnectionBlocked) },
	{10, 61}: func() Method { return new(ConnectionUnblocked) },
	{10, 70}: func() Method { return new(ConnectionUpdateSecret) },
	{10, 71}: func() Method { return new(ConnectionUpdateSecretOk) },

	{20, 10}: func() Method { return new(ChannelOpen) },
	{20, 11}: func() Method { return new(ChannelOpenOk) },
	{20, 20}: func() Method { return new(ChannelFlow) },
	{20, 21}: func() Method { return new(ChannelFlowOk) },
	{20, 40}: func() Method { return new(ChannelClose) },
	{20, 41}: func() Method { return new(ChannelCloseOk) },

	{40, 10}: func() Method { return new(ExchangeDeclare) },
	{40, 11}: func() Method { return new(ExchangeDeclareOk) },
	{40, 20}: func() Method { return new(ExchangeDelete) },
	{40, 21}: func() Method { return new(ExchangeDeleteOk) },
	{40, 30}: func() Method { return new(ExchangeBind) },
	{40, 31}: func() Method { return new(ExchangeBindOk) },
	{40, 40}: func() Method { return new(ExchangeUnbind) },
	{40, 51}: func() Method { return new(ExchangeUnbindOk) },

	{50, 10}: func() Method { return new(QueueDeclare) },
	{50, 11}: func() Method { return new(QueueDeclareOk) },
	{50, 20}: func() Method { return new(QueueBind) },
	{50, 21}: func() Method { return new(QueueBindOk) },
	{50, 30}: func() Method { return new(QueuePurge) },
	{50, 31}: func() Method { return new(QueuePurgeOk) },
	{50, 40}: func() Method { return new(QueueDelete) },
	{50, 41}: func() Method { return new(QueueDeleteOk) },
	{50, 50}: func() Method { return new(QueueUnbind) },
	{50, 51}: func() Method { return new(QueueUnbindOk) },

	{60, 10}:  func() Method { return new(BasicQos) },
	{60, 11}:  func() Method { return new(BasicQosOk) },
	{60, 20}:  func() Method { return new(BasicConsume) },
	{60, 21}:  func() Method { return new(BasicConsumeOk) },
	{60, 30}:  func() Method { return new(BasicCancel) },
	{60, 31}:  func() Method { return new(BasicCancelOk) },
	{60, 40}:  func() Method { return new(BasicPublish) },
	{60, 50}:  func() Method { return new(BasicReturn) },
	{60, 60}:  func() Method { return new(BasicDeliver) },
	{60, 70}:  func() Method { return new(BasicGet) },
	{60, 71}:  func() Method { return new(BasicGetOk) },
	{60, 72}:  func() Method { return new(BasicGetEmpty) },
	{60, 80}:  func() Method { return new(BasicAck) },
	{60, 90}:  func() Method { return new(BasicReject) },
	{60, 100}: func() Method { return new(BasicRecoverAsync) },
	{60, 110}: func() Method { return new(BasicRecover) },
	{60, 111}: func() Method { return new(BasicRecoverOk) },
	{60, 120}: func() Method { return new(BasicNack) },

	{85, 10}: func() Method { return new(ConfirmSelect) },
	{85, 11}: func() Method { return new(ConfirmSelectOk) },

	{90, 10}: func() Method { return new(TxSelect) },
	{90, 11}: func() Method { return new(TxSelectOk) },
	{90, 20}: func() Method { return new(TxCommit) },
	{90, 21}: func() Method { return new(TxCommitOk) },
	{90, 30}: func() Method { return new(TxRollback) },
	{90, 31}: func() Method { return new(TxRollbackOk) },
}

// HasContent tells whether a header frame and body frames follow the method.
func HasContent(m Method) bool {
	switch m.(type) {
	case *BasicPublish, *BasicReturn, *BasicDeliver, *BasicGetOk:
		return true
	}
	return false
}

// DecodeMethod decodes the payload of a method frame. Errors are *Error: 502 for malformed fields, 503 for an
// unknown method.
func DecodeMethod(payload []byte) (Method, error) {
	d := &decoder{rest: payload}
	id := ID{Class: d.uint16(), Method: d.uint16()}
	if d.err != nil {
		return nil, d.err
	}
	construct, ok := methods[id]
	if !ok {
		return nil, Errorf(CommandInvalid, "unknown method %d of class %d", id.Method, id.Class)
	}
	m := construct()
	m.visit(d)
	if d.err != nil {
		return nil, d.err
	}
	return m, nil
}

// EncodeMethod gives the payload of a method frame. Strings longer than their type allows are cut. It panics if a
// table holds a value without a field type: the caller built that table.
func EncodeMethod(m Method) []byte {
	id := m.ID()
	e := &encoder{}
	e.short(&id.Class)
	e.short(&id.Method)
	m.visit(e)
	if e.err != nil {
		panic(e.err)
	}
	return e.buf
}
