package wire

// The methods of class confirm (85), RabbitMQ's extension.
type (
	ConfirmSelect   struct{ NoWait bool }
	ConfirmSelectOk struct{}
)

func (*ConfirmSelect) ID() ID   { return ID{85, 10} }
func (*ConfirmSelectOk) ID() ID { return ID{85, 11} }

func (m *ConfirmSelect) visit(c coder) { c.bits(&m.NoWait) }
func (m *ConfirmSelectOk) visit(coder) {}
