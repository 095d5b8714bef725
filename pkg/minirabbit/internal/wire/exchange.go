package wire

// The methods of class exchange (40). Bind and unbind tie an exchange to an exchange.
type (
	ExchangeDeclare struct {
		Exchange, Type                                 string
		Passive, Durable, AutoDelete, Internal, NoWait bool
		Arguments                                      Table
	}
	ExchangeDeclareOk struct{}
	ExchangeDelete    struct {
		Exchange         string
		IfUnused, NoWait bool
	}
	ExchangeDeleteOk struct{}
	ExchangeBind     struct {
		Destination, Source, RoutingKey string
		NoWait                          bool
		Arguments                       Table
	}
	ExchangeBindOk struct{}
	ExchangeUnbind struct {
		Destination, Source, RoutingKey string
		NoWait                          bool
		Arguments                       Table
	}
	ExchangeUnbindOk struct{}
)

func (*ExchangeDeclare) ID() ID   { return ID{40, 10} }
func (*ExchangeDeclareOk) ID() ID { return ID{40, 11} }
func (*ExchangeDelete) ID() ID    { return ID{40, 20} }
func (*ExchangeDeleteOk) ID() ID  { return ID{40, 21} }
func (*ExchangeBind) ID() ID      { return ID{40, 30} }
func (*ExchangeBindOk) ID() ID    { return ID{40, 31} }
func (*ExchangeUnbind) ID() ID    { return ID{40, 40} }
func (*ExchangeUnbindOk) ID() ID  { return ID{40, 51} }

func (m *ExchangeDeclare) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.Type)
	c.bits(&m.Passive, &m.Durable, &m.AutoDelete, &m.Internal, &m.NoWait)
	c.table(&m.Arguments)
}

func (m *ExchangeDeclareOk) visit(coder) {}

func (m *ExchangeDelete) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Exchange)
	c.bits(&m.IfUnused, &m.NoWait)
}

func (m *ExchangeDeleteOk) visit(coder) {}

func (m *ExchangeBind) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Destination)
	c.shortstr(&m.Source)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

func (m *ExchangeBindOk) visit(coder) {}

func (m *ExchangeUnbind) visit(c coder) {
	reservedShort(c)
	c.shortstr(&m.Destination)
	c.shortstr(&m.Source)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

func (m *ExchangeUnbindOk) visit(coder) {}
