package wire

// The methods of class basic (60).
type (
	BasicQos struct {
		PrefetchSize  uint32
		PrefetchCount uint16
		Global        bool
	}
	BasicQosOk   struct{}
	BasicConsume struct {
		Queue, ConsumerTag                string
		NoLocal, NoAck, Exclusive, NoWait bool
		Arguments                         Table
	}
	BasicConsumeOk struct{ ConsumerTag string }
	BasicCancel    struct {
		ConsumerTag string
		NoWait      bool
	}
	BasicCancelOk struct{ ConsumerTag string }
	BasicPublish  struct {
		Exchange, RoutingKey string
		Mandatory, Immediate bool
	}
	BasicReturn struct {
		Code                       uint16
		Text, Exchange, RoutingKey string
	}
	BasicDeliver struct {
		ConsumerTag          string
		DeliveryTag          uint64
		Redelivered          bool
		Exchange, RoutingKey string
	}
	BasicGet struct {
		Queue string
		NoAck bool
	}
	BasicGetOk struct {
		DeliveryTag          uint64
		Redelivered          bool
		Exchange, RoutingKey string
		MessageCount         uint32
	}
	BasicGetEmpty struct{}
	BasicAck      struct {
		DeliveryTag uint64
		Multiple    bool
	}
	BasicReject struct {
		DeliveryTag uint64
		Requeue     bool
	}
	BasicRecoverAsync struct{ Requeue bool }
	BasicRecover      struct{ Requeue bool }
	BasicRecoverOk    struct{}
	BasicNack         struct {
		DeliveryTag       uint64
		Multiple, Requeue bool
	}
)

func (*BasicQos) ID() ID          { return ID{60, 10} }
func (*BasicQosOk) ID() ID        { return ID{60, 11} }
func (*BasicConsume) ID() ID      { return ID{60, 20} }
func (*BasicConsumeOk) ID() ID    { return ID{60, 21} }
func (*BasicCancel) ID() ID       { return ID{60, 30} }
func (*BasicCancelOk) ID() ID     { return ID{60, 31} }
func (*BasicPublish) ID() ID      { return ID{60, 40} }
func (*BasicReturn) ID() ID       { return ID{60, 50} }
func (*BasicDeliver) ID() ID      { return ID{60, 60} }
func (*BasicGet) ID() ID          { return ID{60, 70} }
func (*BasicGetOk) ID() ID        { return ID{60, 71} }
func (*BasicGetEmpty) ID() ID     { return ID{60, 72} }
func (*BasicAck) ID() ID          { return ID{60, 80} }
func (*BasicReject) ID() ID       { return ID{60, 90} }
func (*BasicRecoverAsync) ID() ID { return ID{60, 100} }
func (*BasicRecover) ID() ID      { return ID{60, 110} }
func (*BasicRecoverOk) ID() ID    { return ID{60, 111} }
func (*BasicNack) ID() ID         { return ID{60, 120} }

func (m *BasicQos) visit(c coder) {
	c.long(&m.PrefetchSize)
	c.short(&m.PrefetchCount)
	c.bits(&m.Global)
}

func (m *BasicQosOk) visit(coder) {}

func (m *BasicConsume) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.shortstr(&m.ConsumerTag)
	c.bits(&m.NoLocal, &m.NoAck, &m.Exclusive, &m.NoWait)
	c.table(&m.Arguments)
}

func (m *BasicConsumeOk) visit(c coder) { c.shortstr(&m.ConsumerTag) }

func (m *BasicCancel) visit(c coder) {
	c.shortstr(&m.ConsumerTag)
	c.bits(&m.NoWait)
}

func (m *BasicCancelOk) visit(c coder) { c.shortstr(&m.ConsumerTag) }

func (m *BasicPublish) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.Mandatory, &m.Immediate)
}

func (m *BasicReturn) visit(c coder) {
	c.short(&m.Code)
	c.shortstr(&m.Text)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
}

func (m *BasicDeliver) visit(c coder) {
	c.shortstr(&m.ConsumerTag)
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Redelivered)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
}

func (m *BasicGet) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.bits(&m.NoAck)
}

func (m *BasicGetOk) visit(c coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Redelivered)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.long(&m.MessageCount)
}

func (m *BasicGetEmpty) visit(c coder) { reservedShortstr(c) }

func (m *BasicAck) visit(c coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Multiple)
}

func (m *BasicReject) visit(c coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Requeue)
}

func (m *BasicRecoverAsync) visit(c coder) { c.bits(&m.Requeue) }
func (m *BasicRecover) visit(c coder)      { c.bits(&m.Requeue) }
func (m *BasicRecoverOk) visit(coder)      {}

func (m *BasicNack) visit(c coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Multiple, &m.Requeue)
}
