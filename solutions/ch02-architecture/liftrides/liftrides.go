package liftrides

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Declare declares Queue, in which at most limit rides wait, and DeadQueue.
func Declare(ch *amqp.Channel, limit int) error {
	if _, err := ch.QueueDeclare(DeadQueue, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare queue %s: %w", DeadQueue, err)
	}
	_, err := ch.QueueDeclare(Queue, true, false, false, false, amqp.Table{
		"x-max-length":              int64(limit),
		"x-overflow":                "reject-publish", // and not "drop-head", which would break a promise
		"x-dead-letter-exchange":    "",
		"x-dead-letter-routing-key": DeadQueue, // where a message goes that is rejected
	})
	if err != nil {
		return fmt.Errorf("declare queue %s: %w", Queue, err)
	}
	return nil
}

// Service takes rides over HTTP into the queue, and carries them from the queue to the store.
type Service struct {
	conn  *amqp.Connection
	ch    *amqp.Channel // of all requests, in confirm mode
	store Store
	opts  Options
}

// New returns a service on conn, which stays the caller's to close.
func New(conn *amqp.Connection, store Store, opts Options) (*Service, error) {
	if conn == nil || store == nil || min(opts.ConfirmTimeout, opts.BatchDelay, opts.Backoff) <= 0 || opts.BatchSize <= 0 {
		panic("liftrides: New needs a connection, a store and options above 0")
	}
	ch, err := conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("open a channel: %w", err)
	}
	if err := ch.Confirm(false); err != nil {
		return nil, fmt.Errorf("turn on confirms: %w", err)
	}
	return &Service{conn: conn, ch: ch, store: store, opts: opts}, nil
}

// ServeHTTP answers POST /rides.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/rides" {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	var ride Ride
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&ride); err != nil {
		http.Error(w, "not the JSON of a ride", http.StatusBadRequest)
		return
	}
	if err := ride.Validate(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.publish(r.Context(), ride); err != nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// publish returns nil if the broker has confirmed the ride.
func (s *Service) publish(ctx context.Context, ride Ride) error {
	body, err := json.Marshal(ride)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.ConfirmTimeout)
	defer cancel()
	confirm, err := s.ch.PublishWithDeferredConfirmWithContext(ctx, "", Queue, false, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: ride.ID, Body: body,
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-confirm.Done():
		if !confirm.Acked() {
			return errors.New("refused, or the connection is lost")
		}
		return nil
	}
}

var errLost = errors.New("the connection is lost, or the broker has ended the consumer")

// Run stores the rides of the queue, in batches, until ctx ends. Closing the channel gives back what was not acknowledged.
func (s *Service) Run(ctx context.Context) error {
	ch, err := s.conn.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	defer ch.Close()
	if err := ch.Qos(s.opts.BatchSize, 0, false); err != nil {
		return fmt.Errorf("limit what is held: %w", err)
	}
	deliveries, err := ch.Consume(Queue, "", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consume: %w", err)
	}
	for {
		batch, err := s.collect(ctx, deliveries)
		if err != nil {
			return err
		}
		s.persist(ctx, batch)
		if ctx.Err() != nil {
			return nil
		}
	}
}

// delivery is a message with its ride.
type delivery struct {
	amqp.Delivery
	ride Ride
}

// collect waits for a batch: until it is full, or its first ride has waited for long enough. An empty one means that ctx has ended.
func (s *Service) collect(ctx context.Context, deliveries <-chan amqp.Delivery) ([]delivery, error) {
	var batch []delivery
	var due <-chan time.Time // nil, which never comes, while the batch is empty
	for len(batch) < s.opts.BatchSize {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-due:
			return batch, nil
		case d, open := <-deliveries:
			if !open {
				return nil, errLost
			}
			var ride Ride
			if json.Unmarshal(d.Body, &ride) != nil || ride.Validate() != nil {
				d.Reject(false) // the queue's arguments send it to DeadQueue
				continue
			}
			if len(batch) == 0 {
				due = time.After(s.opts.BatchDelay)
			}
			batch = append(batch, delivery{d, ride})
		}
	}
	return batch, nil
}

// persist stores a batch, however long it takes, unless ctx ends. A batch that is refused goes ride by ride: one of them is to blame.
// Where an acknowledgement cannot be sent, the connection is lost: the message comes again, and collect sees it.
func (s *Service) persist(ctx context.Context, batch []delivery) {
	for len(batch) > 0 && ctx.Err() == nil {
		err := s.store.Insert(ctx, ridesOf(batch))
		poison, duplicate := errors.Is(err, ErrPoison), errors.Is(err, ErrDuplicate)
		switch {
		case (poison || duplicate) && len(batch) > 1:
			for i := range batch {
				s.persist(ctx, batch[i:i+1])
			}
			return
		case poison:
			batch[0].Reject(false)
			return
		case err == nil || duplicate:
			for _, d := range batch {
				d.Ack(false)
			}
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.opts.Backoff):
		}
	}
}

func ridesOf(batch []delivery) []Ride {
	rides := make([]Ride, len(batch))
	for i, d := range batch {
		rides[i] = d.ride
	}
	return rides
}
