package wire

// The methods of class queue (50).
type (
	QueueDeclare struct {
		Queue                                           string
		Passive, Durable, Exclusive, AutoDelete, NoWait bool
		Arguments                                       Table
	}
	QueueDeclareOk struct {
		Queue                       string
		MessageCount, ConsumerCount uint32
	}
	QueueBind struct {
		Queue, Exchange, RoutingKey string
		NoWait                      bool
		Arguments                   Table
	}
	QueueBindOk struct{}
	QueuePurge  struct {
		Queue  string
		NoWait bool
	}
	QueuePurgeOk struct{ MessageCount uint32 }
	QueueDelete  struct {
		Queue                     string
		IfUnused, IfEmpty, NoWait bool
	}
	QueueDeleteOk struct{ MessageCount uint32 }
	QueueUnbind   struct {
		Queue, Exchange, RoutingKey string
		Arguments                   Table
	}
	QueueUnbindOk struct{}
)

func (*QueueDeclare) ID() ID   { return ID{50, 10} }
func (*QueueDeclareOk) ID() ID { return ID{50, 11} }
func (*QueueBind) ID() ID      { return ID{50, 20} }
func (*QueueBindOk) ID() ID    { return ID{50, 21} }
func (*QueuePurge) ID() ID     { return ID{50, 30} }
func (*QueuePurgeOk) ID() ID   { return ID{50, 31} }
func (*QueueDelete) ID() ID    { return ID{50, 40} }
func (*QueueDeleteOk) ID() ID  { return ID{50, 41} }
func (*QueueUnbind) ID() ID    { return ID{50, 50} }
func (*QueueUnbindOk) ID() ID  { return ID{50, 51} }

func (m *QueueDeclare) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.bits(&m.Passive, &m.Durable, &m.Exclusive, &m.AutoDelete, &m.NoWait)
	c.table(&m.Arguments)
}

func (m *QueueDeclareOk) visit(c coder) {
	c.shortstr(&m.Queue)
	c.long(&m.MessageCount)
	c.long(&m.ConsumerCount)
}

func (m *QueueBind) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

func (m *QueueBindOk) visit(coder) {}

func (m *QueuePurge) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.bits(&m.NoWait)
}

func (m *QueuePurgeOk) visit(c coder) { c.long(&m.MessageCount) }

func (m *QueueDelete) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.bits(&m.IfUnused, &m.IfEmpty, &m.NoWait)
}

func (m *QueueDeleteOk) visit(c coder) { c.long(&m.MessageCount) }

func (m *QueueUnbind) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Queue)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.table(&m.Arguments)
}

func (m *QueueUnbindOk) visit(coder) {}
