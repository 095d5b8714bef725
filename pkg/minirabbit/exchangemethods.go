package minirabbit

import (
	"fmt"

	"scalelab/pkg/minirabbit/internal/wire"
)

func errDefaultExchange() *wire.Error {
	return wire.Errorf(wire.AccessRefused, "operation not permitted on the default exchange")
}

func (ch *channel) exchangeDeclare(m *wire.ExchangeDeclare) *wire.Error {
	v := ch.vhost()
	if m.Passive {
		if _, err := v.exchange(m.Exchange); err != nil {
			return err
		}
		return ch.answer(m.NoWait, &wire.ExchangeDeclareOk{})
	}
	if _, ok := exchangeTypes[m.Type]; !ok {
		return wire.Errorf(wire.CommandInvalid, "unknown exchange type '%s'", m.Type)
	}
	if m.Exchange == "" {
		return errDefaultExchange()
	}
	if err := ch.conn.may(configure, "exchange", m.Exchange); err != nil {
		return err
	}
	x, exists := v.exchanges[m.Exchange]
	switch {
	case exists:
		if err := x.equivalent(m); err != nil {
			return err
		}
	case reserved(m.Exchange):
		return wire.Errorf(wire.AccessRefused, "exchange name '%s' contains reserved prefix 'amq.*'", m.Exchange)
	default:
		v.exchanges[m.Exchange] = &exchange{vhost: v, name: m.Exchange, kind: m.Type, durable: m.Durable,
			autoDelete: m.AutoDelete, internal: m.Internal, args: m.Arguments}
	}
	return ch.answer(m.NoWait, &wire.ExchangeDeclareOk{})
}

// equivalent refuses a second declare that asks for another exchange than the first.
func (x *exchange) equivalent(m *wire.ExchangeDeclare) *wire.Error {
	if m.Type != x.kind {
		return inequivalent("type", "exchange", x.name, x.vhost, "'"+m.Type+"'", "'"+x.kind+"'")
	}
	for _, flag := range []struct {
		name           string
		asked, present bool
	}{{"durable", m.Durable, x.durable}, {"auto_delete", m.AutoDelete, x.autoDelete}, {"internal", m.Internal, x.internal}} {
		if flag.asked != flag.present {
			return inequivalent(flag.name, "exchange", x.name, x.vhost, fmt.Sprintf("'%t'", flag.asked), fmt.Sprintf("'%t'", flag.present))
		}
	}
	return equivalentArgs("exchange", x.name, x.vhost, []string{"alternate-exchange"}, m.Arguments, x.args)
}

// exchangeDelete of an exchange that is not there answers ok, as RabbitMQ does.
func (ch *channel) exchangeDelete(m *wire.ExchangeDelete) *wire.Error {
	switch {
	case m.Exchange == "":
		return errDefaultExchange()
	case reserved(m.Exchange):
		return wire.Errorf(wire.AccessRefused, "deletion of system exchange '%s' in vhost '%s' not allowed", m.Exchange, ch.vhost().name)
	}
	if err := ch.conn.may(configure, "exchange", m.Exchange); err != nil {
		return err
	}
	v := ch.vhost()
	if x, ok := v.exchanges[m.Exchange]; ok {
		if m.IfUnused && len(x.bindings) > 0 {
			return wire.Errorf(wire.PreconditionFailed, "exchange '%s' in vhost '%s' in use", x.name, v.name)
		}
		v.removeExchange(x)
	}
	return ch.answer(m.NoWait, &wire.ExchangeDeleteOk{})
}

func (ch *channel) exchangeBind(m *wire.ExchangeBind) *wire.Error {
	source, destination, err := ch.exchangeEnds(m.Source, m.Destination)
	if err != nil {
		return err
	}
	if err := source.bind(&binding{exchange: destination, key: m.RoutingKey, args: m.Arguments}); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.ExchangeBindOk{})
}

func (ch *channel) exchangeUnbind(m *wire.ExchangeUnbind) *wire.Error {
	source, destination, err := ch.exchangeEnds(m.Source, m.Destination)
	if err != nil && err.Code != wire.NotFound {
		return err
	}
	if err == nil {
		source.unbind((&binding{exchange: destination, key: m.RoutingKey, args: m.Arguments}).same)
	}
	return ch.answer(m.NoWait, &wire.ExchangeUnbindOk{})
}

func (ch *channel) exchangeEnds(sourceName, destinationName string) (source, destination *exchange, err *wire.Error) {
	if sourceName == "" || destinationName == "" {
		return nil, nil, errDefaultExchange()
	}
	if err := ch.conn.may(write, "exchange", destinationName); err != nil {
		return nil, nil, err
	}
	if err := ch.conn.may(read, "exchange", sourceName); err != nil {
		return nil, nil, err
	}
	if source, err = ch.vhost().exchange(sourceName); err != nil {
		return nil, nil, err
	}
	destination, err = ch.vhost().exchange(destinationName)
	return source, destination, err
}
