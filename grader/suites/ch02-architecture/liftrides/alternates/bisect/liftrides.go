package liftrides

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// This alternate opens a channel for each request, carries dead messages to their queue itself, flushes with a ticker, and finds a
// poison ride by halves.

// Declare declares the queues. Nothing is dead-lettered by the broker.
func Declare(ch *amqp.Channel, limit int) error {
	args := map[string]amqp.Table{
		Queue:     {amqp.QueueMaxLenArg: limit, amqp.QueueOverflowArg: amqp.QueueOverflowRejectPublish, amqp.QueueTypeArg: amqp.QueueTypeClassic},
		DeadQueue: {amqp.QueueTypeArg: amqp.QueueTypeClassic},
	}
	for name, table := range args {
		if _, err := ch.QueueDeclare(name, true, false, false, false, table); err != nil {
			return fmt.Errorf("declare %s: %w", name, err)
		}
	}
	return nil
}

// Service answers requests and stores rides.
type Service struct {
	conn  *amqp.Connection
	store Store
	opts  Options
	mux   *http.ServeMux
}

// New returns a service on conn.
func New(conn *amqp.Connection, store Store, opts Options) (*Service, error) {
	if conn.IsClosed() {
		return nil, amqp.ErrClosed
	}
	s := &Service{conn: conn, store: store, opts: opts, mux: http.NewServeMux()}
	s.mux.HandleFunc("POST /rides", s.post)
	return s, nil
}

// ServeHTTP routes.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Service) post(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), s.opts.ConfirmTimeout)
	defer cancel()
	body, err := io.ReadAll(r.Body)
	ride, ok := decode(body)
	if err != nil || !ok {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if s.publish(ctx, Queue, ride) != nil {
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func decode(body []byte) (Ride, bool) {
	var ride Ride
	if json.Unmarshal(body, &ride) != nil || ride.Validate() != nil {
		return Ride{}, false
	}
	return ride, true
}

func (s *Service) publish(ctx context.Context, queue string, ride Ride) error {
	body, err := json.Marshal(ride)
	if err != nil {
		return err
	}
	return s.send(ctx, queue, ride.ID, body)
}

// send publishes on a channel of its own and waits for the confirm.
func (s *Service) send(ctx context.Context, queue, id string, body []byte) error {
	ch, err := s.conn.Channel()
	if err != nil {
		return err
	}
	defer func() { go ch.Close() }() // waits for the broker
	if err := ch.Confirm(false); err != nil {
		return err
	}
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 1))
	msg := amqp.Publishing{ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: id, Body: body}
	if err := ch.PublishWithContext(ctx, "", queue, false, false, msg); err != nil {
		return err
	}
	select {
	case c := <-confirms: // not acked if the channel is closed
		if !c.Ack {
			return errors.New("not confirmed")
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run stores rides until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ch, err := s.conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	if err := ch.Qos(s.opts.BatchSize, 0, false); err != nil {
		return err
	}
	deliveries, err := ch.Consume(Queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	tick := time.NewTicker(s.opts.BatchDelay)
	defer tick.Stop()
	var held []amqp.Delivery
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			s.flush(ctx, held)
			held = nil
		case d, open := <-deliveries:
			if !open {
				return errors.New("liftrides: the deliveries have ended")
			}
			if _, ok := decode(d.Body); !ok {
				s.bury(ctx, d)
				continue
			}
			if held = append(held, d); len(held) == s.opts.BatchSize {
				s.flush(ctx, held)
				held = nil
			}
		}
	}
	return nil
}

// flush stores what is held. A refused batch is split into halves.
func (s *Service) flush(ctx context.Context, held []amqp.Delivery) {
	if len(held) == 0 || ctx.Err() != nil {
		return
	}
	rides := make([]Ride, 0, len(held))
	for _, d := range held {
		ride, _ := decode(d.Body)
		rides = append(rides, ride)
	}
	err := s.store.Insert(ctx, rides)
	for err != nil && !errors.Is(err, ErrDuplicate) && !errors.Is(err, ErrPoison) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.opts.Backoff):
			err = s.store.Insert(ctx, rides)
		}
	}
	switch {
	case err != nil && len(held) > 1:
		s.flush(ctx, held[:len(held)/2])
		s.flush(ctx, held[len(held)/2:])
	case errors.Is(err, ErrPoison):
		s.bury(ctx, held[0])
	default:
		for _, d := range held {
			_ = d.Ack(false)
		}
	}
}

// bury carries a message to DeadQueue, and acknowledges it when it is there.
func (s *Service) bury(ctx context.Context, d amqp.Delivery) {
	for s.send(ctx, DeadQueue, d.MessageId, d.Body) != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.opts.Backoff):
			if s.conn.IsClosed() {
				return
			}
		}
	}
	_ = d.Ack(false)
}
